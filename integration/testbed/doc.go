// Package testbed has what the integration tests need: real PostgreSQL servers, every route to them and every mode of
// reading, a proxy that disturbs or holds back traffic, an observer that sees what the server does, the metrics page,
// and checks for leaks. Only tests under integration/ import it, because it depends on the packages that start servers.
//
// # Writing a test
//
//	func TestCloseStopsTheServer(t *testing.T) {
//		t.Parallel()
//		testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
//			testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
//				c, o := testbed.Connect(t, dsn), testbed.Observe(t, dsn)
//				s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000), mode.Option())
//				testbed.Take(t, s, 0, 100)
//				if err := s.Close(); err != nil {
//					t.Error(err)
//				}
//				if b := o.See(c.PID()); b.State != "idle" {
//					t.Errorf("after Close the backend is %v", b)
//				}
//				testbed.Usable(t, c, c.PID())
//			})
//		})
//	}
//
// The names of a test and of its file say which promise is tested. A test uses the narrowest Scope and the fewest Modes
// in which the promise could be broken: each of them costs time in every run.
//
// Everything that is opened through this package is closed when the test ends. Connect takes changes to the
// configuration:
//
//	p, book := testbed.NewProxy(t), &testbed.Logbook{}
//	c := testbed.Connect(t, dsn, p.Through, book.Log, testbed.CancelTimeout(time.Second))
//
// # Time
//
// Tests also run on busy machines. A test must not depend on how long anything takes, try again after a failure, or use
// the best of several attempts. Instead it ensures what it needs:
//
//   - Wait for what must happen, for up to Patience, with Eventually, Ends, and the methods whose names begin with
//     Wait. A call that must end by its own timeout is run with Ends, and with all other timeouts far longer, so that
//     without its own timeout it would hang.
//   - If the server has to be slow, silent or half-way through a result, stop it there: with a Barrier in its query,
//     with a Proxy that holds back the bytes (NextRows lets rows pass one by one), or with Sleepy.
//   - If a result is not meant to be read to its end, make it Endless: a query that was not stopped is then noticed.
//   - Count and order events with the server (Observer), the Page, a Logbook, or a net.Conn of the test's own behind
//     Config.Dial. A time may only be compared with a lower bound: see EndsAfter.
//   - Test promises about time itself with a fake clock (testing/synctest), in the package that makes them.
//
// # Running alone
//
// Tests call t.Parallel unless they depend on the state of the whole process: Stock, Heap, metrics without an entity,
// or the environment. As most of them wait for a server, Main runs more of them at a time than there are processors,
// unless the flag -parallel is given. Each test has its own entities on the metrics page: see UniqueEntity.
//
// A test that needs something that the machine does not have calls Cannot, which skips the test, or fails it if the
// environment variable CI is true.
package testbed
