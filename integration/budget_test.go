package integration_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// waitReturned waits until a budget is given back to the last byte: the reader of an ended stream may need a moment.
func waitReturned(t testing.TB, b *stream.Budget) {
	t.Helper()
	eventually(t, "a budget that is returned", func() bool { return b.Used() == 0 })
}

// Streams that wait for each other's bytes all come to their end, and no row is lost.
func TestBudgetIsShared(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const streams, n, size, limit = 6, 5000, 500, 10 * 500
		b := stream.NewBudget(limit, stream.MemoryWait)
		entity := uniqueEntity(t)
		var all sync.WaitGroup
		for range streams {
			s := query(t, connect(t, mainDSN(t)), numbered(n, size), f.with(stream.WithBudget(b), stream.WithEntity(entity))...)
			all.Go(func() {
				got := 0
				for s.Next() {
					if got++; number(s.Row()) != got {
						t.Errorf("row %d is %s", got, s.Row())
						return
					}
					// Each stream may have one row above the limit, and has one in its consumer's hands.
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
		entityPage(t, entity).check(t, want{breaches, 0}, want{"fraiseql_query_completed_total status success", streams},
			want{"fraiseql_rows_processed_total status ok", streams * n})
	})
}

// A consumer that stopped sits on the whole budget. The others go on all the same, row by row, and so does it once it
// comes back.
func TestBudgetHeldByAConsumerThatStopped(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const n, size, limit = 2000, 500, 20 * 500
		b := stream.NewBudget(limit, stream.MemoryWait)
		hog := query(t, connect(t, mainDSN(t)), numbered(n, size), f.with(stream.WithBudget(b))...)
		take(t, hog, 0, 1)
		if f.always() {
			eventually(t, "a budget that is spent", func() bool { return b.Used() == limit })
		}
		for range 3 {
			s := query(t, connect(t, mainDSN(t)), numbered(n, size), f.with(stream.WithBudget(b))...)
			take(t, s, 0, n)
			if s.Next() || s.Err() != nil {
				t.Errorf("after the last row: %v", s.Err())
			}
		}
		take(t, hog, 1, n-1)
		if hog.Next() || hog.Err() != nil {
			t.Errorf("after the last row: %v", hog.Err())
		}
		waitReturned(t, b)
	})
}

// One goroutine that merges streams waits for one while the other holds everything, in turns: that must not lock up,
// however small the budget.
func TestBudgetOfMergedStreams(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		for _, limit := range []int{1, 500, 5000} {
			t.Run(fmt.Sprintf("%d bytes", limit), func(t *testing.T) {
				const n, size, streams = 1000, 200, 3
				b := stream.NewBudget(limit, stream.MemoryWait)
				var merged []*stream.Stream
				for range streams {
					merged = append(merged, query(t, connect(t, mainDSN(t)), numbered(n, size), f.with(stream.WithBudget(b))...))
				}
				for i := range n {
					for _, s := range merged {
						take(t, s, i, 1)
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

// Under MemoryFail the stream whose next row does not fit ends, after the rows it has; the one that was first keeps
// what it holds.
func TestBudgetThatFails(t *testing.T) {
	t.Parallel()
	const size, held, limit = 1000, 10, 30 * 1000
	b := stream.NewBudget(limit, stream.MemoryFail)
	// The first holds ten rows: its ring has no room for more.
	first := query(t, connect(t, mainDSN(t)), numbered(endless, size), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithBudget(b), stream.WithMaxMemory(held*size), stream.WithMemoryPolicy(stream.MemoryWait))
	eventually(t, "a stream that holds its share", func() bool { return b.Used() == held*size })
	c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
	pid := c.PID()
	second := query(t, c, numbered(endless, size), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithBudget(b), stream.WithEntity(entity))
	eventually(t, "a breach that is counted", func() bool { return entityPage(t, entity).get(breaches) == 1 })
	take(t, second, 0, limit/size-held)
	if second.Next() {
		t.Fatal("a row was delivered that did not fit")
	}
	exceeded(t, second.Err(), limit, limit+size)
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	usable(t, c, pid)
	eventually(t, "the second's share to be returned", func() bool { return b.Used() == held*size })
	take(t, first, 0, 100)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	waitReturned(t, b)
}

// Whatever ends a stream, all that it held of the budget comes back, and whoever waited goes on.
func TestBudgetIsReturnedByEveryEnd(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T, s *stream.Stream, stop context.CancelFunc, o *observer, pid uint32){
		"close": func(t *testing.T, s *stream.Stream, _ context.CancelFunc, _ *observer, _ uint32) {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		},
		"cancel": func(t *testing.T, s *stream.Stream, _ context.CancelFunc, _ *observer, _ uint32) {
			if err := s.CancelTimeout(patience); err != nil {
				t.Error(err)
			}
		},
		"context": func(_ *testing.T, _ *stream.Stream, stop context.CancelFunc, _ *observer, _ uint32) { stop() },
		"terminated": func(t *testing.T, s *stream.Stream, _ context.CancelFunc, o *observer, pid uint32) {
			o.terminate(pid)
			for s.Next() {
			}
			if werr.CategoryOf(s.Err()) != werr.CategoryServer && werr.CategoryOf(s.Err()) != werr.CategoryIO {
				t.Errorf("the end is %v", s.Err())
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			onFills(t, func(t *testing.T, f fill) {
				const size, limit = 100, 50 * 100
				b, o := stream.NewBudget(limit, stream.MemoryWait), observe(t, mainDSN(t))
				ctx, stop := context.WithCancel(bounded(t))
				defer stop()
				c := connect(t, mainDSN(t))
				s, err := c.Query(ctx, numbered(endless, size), f.with(stream.WithBudget(b))...)
				if err != nil {
					t.Fatal(err)
				}
				take(t, s, 0, 30)
				if b.Used() == 0 {
					t.Fatal("nothing is reserved for the rows buffered")
				}
				waiting := query(t, connect(t, mainDSN(t)), numbered(1000, size), f.with(stream.WithBudget(b))...)
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
