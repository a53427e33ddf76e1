package integration_test

import (
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Fifty connections stream at once: each has taken its first row before any takes the second.
func TestFiftyStreamsAtOnce(t *testing.T) {
	t.Parallel()
	const n = 2000
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		var atFirstRow, all sync.WaitGroup
		atFirstRow.Add(50)
		for i := range 50 {
			mode := []stream.ReadAhead{stream.ReadAheadNever, stream.ReadAheadAuto, stream.ReadAheadAlways}[i%3]
			all.Go(func() {
				arrived := sync.OnceFunc(atFirstRow.Done)
				defer arrived()
				c, err := conn.Connect(t.Context(), dsn)
				if err != nil {
					t.Errorf("connect: %v", err)
					return
				}
				defer testbed.Close(t, c)
				s, err := c.Query(t.Context(), testbed.Documents(n), stream.WithReadAhead(mode))
				if err != nil {
					t.Errorf("query: %v", err)
					return
				}
				defer s.Close() // read to its end below
				got := 0
				for s.Next() {
					if got++; got == 1 {
						arrived()
						atFirstRow.Wait()
					}
				}
				if err := s.Err(); err != nil || got != n || c.State() != conn.Idle {
					t.Errorf("%d rows of %d, then %v; the connection is %v", got, n, err, c.State())
				}
			})
		}
		all.Wait()
	})
}

// One stream is read, queried for statistics, paused, resumed and cancelled by many goroutines at the same time.
func TestManyGoroutinesOneStream(t *testing.T) {
	t.Parallel()
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		c := testbed.Connect(t, testbed.DSN(t))
		pid := c.PID()
		for range 10 {
			s := testbed.Query(t, c, testbed.EndlessIntegers, mode.Option())
			stop := make(chan struct{})
			var others sync.WaitGroup
			for _, f := range []func(){
				func() { _ = s.Pause() },  // it may have ended
				func() { _ = s.Resume() }, // it may not be paused
				func() { _ = s.Stats() },
				func() { _, _, _ = s.State(), s.Err(), c.State() },
			} {
				others.Go(func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(50 * time.Microsecond): // the server needs processor time, too
							f()
						}
					}
				})
			}
			for range 2000 {
				if !s.Next() {
					t.Errorf("the stream ended: %v", s.Err())
					break
				}
			}
			var leaving sync.WaitGroup
			leaving.Go(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			leaving.Go(func() {
				if err := s.Cancel(t.Context()); err != nil {
					t.Errorf("Cancel: %v", err)
				}
			})
			leaving.Wait()
			close(stop)
			others.Wait()
			testbed.Usable(t, c, pid)
		}
	})
}
