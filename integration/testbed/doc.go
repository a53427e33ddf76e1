// Package testbed is what the integration tests are written with: real PostgreSQL servers, every route to them and every
// mode of reading, a proxy that harms or holds the bytes, an observer that sees what the server does, the metrics page,
// and checks of what is left over. There is one of each. Only tests under integration/ import it, because it brings
// along what starts servers.
//
// # How a test is written
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
// The name of a test, and of its file, says what is promised. A test asks for the narrowest Scope and the fewest Modes
// in which its promise could be broken: each costs time in every run.
//
// What is opened through this package is closed when the test ends. Connect takes changes to the configuration:
//
//	p, book := testbed.NewProxy(t), &testbed.Logbook{}
//	c := testbed.Connect(t, dsn, p.Through, book.Log, testbed.CancelTimeout(time.Second))
//
// # Time
//
// Tests run on machines that are busy with something else. No test may depend on how long anything takes, try again
// where that went wrong, or take the best of several. It makes certain what it needs instead:
//
//   - What must come about is awaited, for as long as Patience: Eventually, Ends, and the methods that begin with Wait.
//     A call that is to be bounded by its own timeout is run under Ends with every other timeout far away, so that it
//     would hang without.
//   - A server that is to be slow, silent or half-way through a result is stopped there: by a Barrier in its query, by
//     a Proxy that holds the bytes (NextRows lets rows pass one by one), or by Sleepy.
//   - A result that is not to be read to its end is Endless: a query that was not stopped does not go unnoticed.
//   - What happened is counted and ordered, by the server (Observer), on the Page, in a Logbook, or by a net.Conn of the
//     test's own behind Config.Dial. A time is compared only with a lower bound: see EndsAfter.
//   - A promise about time itself is tested with a fake clock (testing/synctest) in the package that makes it.
//
// # Running alone
//
// Tests call t.Parallel unless they look at what the whole process has: Stock, Heap, metrics without an entity, or the
// environment. As most of them wait for a server, Main runs more of them at a time than there are processors, unless
// the flag -parallel says otherwise. Entities on the metrics page are a test's own: UniqueEntity.
//
// A test that needs what the machine lacks calls Cannot. It fails then where the variable CI is true.
package testbed
