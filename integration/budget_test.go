package integration_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// waitReturned waits until all bytes of a budget are given back: the reader of an ended stream may need a moment.
func waitReturned(t testing.TB, b *stream.Budget) {
	t.Helper()
	testbed.Eventually(t, "a budget that is returned", func() bool { return b.Used() == 0 })
}

// Streams that wait for each other's bytes all reach their ends, and no row is lost.
func TestBudgetIsShared(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const streams, n, size, limit = 6, 5000, 500, 10 * 500
		b := stream.NewBudget(limit, stream.MemoryWait)
		entity := testbed.UniqueEntity(t)
		var all sync.WaitGroup
		for range streams {
			s := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(n, size), m.With(stream.WithBudget(b),
				stream.WithEntity(entity))...)
			all.Go(func() {
				got := 0
				for s.Next() {
					if got++; testbed.Number(s.Row()) != got {
						t.Errorf("row %d is %s", got, s.Row())
						return
					}
					// Each stream may have one row above the limit, and its consumer holds another one.
					if used := b.Used(); used > limit+streams*size*2 {
						t.Errorf("%d bytes are used of %d", used, limit)
						return
					}
				}
				if s.Err() != nil || got != n {
					t.Errorf("%d rows of %d, then %v", got, n, s.Err())
				}
			})
		}
		all.Wait()
		waitReturned(t, b)
		testbed.EntityPage(t, entity).Check(t, testbed.Wants{breaches: 0, "fraiseql_query_completed_total status success": streams,
			"fraiseql_rows_processed_total status ok": streams * n})
	})
}

// A consumer that has stopped holds the whole budget. The others nevertheless continue, row by row, and so does it when
// it resumes.
func TestBudgetHeldByAConsumerThatStopped(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n, size, limit = 2000, 500, 20 * 500
		b := stream.NewBudget(limit, stream.MemoryWait)
		hog := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(n, size), m.With(stream.WithBudget(b))...)
		testbed.Take(t, hog, 0, 1)
		if m == testbed.Always {
			testbed.Eventually(t, "a budget that is spent", func() bool { return b.Used() == limit })
		}
		for range 3 {
			s := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(n, size), m.With(stream.WithBudget(b))...)
			testbed.Take(t, s, 0, n)
			if s.Next() || s.Err() != nil {
				t.Errorf("after the last row: %v", s.Err())
			}
		}
		testbed.Take(t, hog, 1, n-1)
		if hog.Next() || hog.Err() != nil {
			t.Errorf("after the last row: %v", hog.Err())
		}
		waitReturned(t, b)
	})
}

// One goroutine that merges streams waits for one while the other holds everything, in turns: that must not deadlock,
// however small the budget.
func TestBudgetOfMergedStreams(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		for _, limit := range []int{1, 500, 5000} {
			t.Run(fmt.Sprintf("%d bytes", limit), func(t *testing.T) {
				const n, size, streams = 1000, 200, 3
				b := stream.NewBudget(limit, stream.MemoryWait)
				var merged []*stream.Stream
				for range streams {
					merged = append(merged, testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(n, size),
						m.With(stream.WithBudget(b))...))
				}
				for i := range n {
					for _, s := range merged {
						testbed.Take(t, s, i, 1)
					}
				}
				for _, s := range merged {
					if s.Next() || s.Err() != nil {
						t.Errorf("after the last row: %v", s.Err())
					}
				}
				waitReturned(t, b)
			})
		}
	})
}

// Under MemoryFail the stream whose next row does not fit ends, after the rows that it has; the first one keeps what it
// holds.
func TestBudgetThatFails(t *testing.T) {
	t.Parallel()
	const size, held, limit = 1000, 10, 30 * 1000
	b := stream.NewBudget(limit, stream.MemoryFail)
	// The first holds ten rows: its ring has no room for more.
	first := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(testbed.Endless, size),
		stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithBudget(b), stream.WithMaxMemory(held*size), stream.WithMemoryPolicy(stream.MemoryWait))
	testbed.Eventually(t, "a stream that holds its share", func() bool { return b.Used() == held*size })
	c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
	pid := c.PID()
	second := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithBudget(b), stream.WithEntity(entity))
	testbed.Eventually(t, "a breach that is counted", func() bool { return testbed.EntityPage(t, entity).Get(breaches) == 1 })
	testbed.Take(t, second, 0, limit/size-held)
	if second.Next() {
		t.Fatal("a row that did not fit was delivered")
	}
	exceeded(t, second.Err(), limit, limit+size)
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	testbed.Usable(t, c, pid)
	testbed.Eventually(t, "the second's share to be returned", func() bool { return b.Used() == held*size })
	testbed.Take(t, first, 0, 100)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	waitReturned(t, b)
}

// Whatever ends a stream, its whole part of the budget is given back, and streams that waited for it continue.
func TestBudgetIsReturnedByEveryEnd(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T, s *stream.Stream, stop context.CancelFunc, o *testbed.Observer, pid uint32){
		"close": func(t *testing.T, s *stream.Stream, _ context.CancelFunc, _ *testbed.Observer, _ uint32) {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		},
		"cancel": func(t *testing.T, s *stream.Stream, _ context.CancelFunc, _ *testbed.Observer, _ uint32) {
			if err := s.CancelTimeout(testbed.Patience); err != nil {
				t.Error(err)
			}
		},
		"context": func(_ *testing.T, _ *stream.Stream, stop context.CancelFunc, _ *testbed.Observer, _ uint32) { stop() },
		"terminated": func(t *testing.T, s *stream.Stream, _ context.CancelFunc, o *testbed.Observer, pid uint32) {
			o.Terminate(pid)
			for s.Next() {
			}
			if werr.CategoryOf(s.Err()) != werr.CategoryServer && werr.CategoryOf(s.Err()) != werr.CategoryIO {
				t.Errorf("the end is %v", s.Err())
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
				const size, limit = 100, 50 * 100
				b, o := stream.NewBudget(limit, stream.MemoryWait), testbed.Observe(t, testbed.DSN(t))
				ctx, stop := context.WithCancel(testbed.Context(t))
				defer stop()
				c := testbed.Connect(t, testbed.DSN(t))
				s, err := c.Query(ctx, testbed.Numbered(testbed.Endless, size), m.With(stream.WithBudget(b))...)
				if err != nil {
					t.Fatal(err)
				}
				testbed.Take(t, s, 0, 30)
				if b.Used() == 0 {
					t.Fatal("nothing is reserved for the rows buffered")
				}
				waiting := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(1000, size),
					m.With(stream.WithBudget(b))...)
				done := make(chan error, 1)
				go func() {
					for waiting.Next() {
					}
					done <- waiting.Err()
				}()
				end(t, s, stop, o, c.PID())
				if err := <-done; err != nil {
					t.Errorf("the other stream: %v", err)
				}
				if err := s.Close(); err != nil && !errors.Is(err, werr.ErrConnectionClosed) && name != "terminated" {
					t.Error(err)
				}
				waitReturned(t, b)
			})
		})
	}
}
