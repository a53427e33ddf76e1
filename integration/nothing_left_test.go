package integration_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// querier is a connection, or a pool.
type querier interface {
	Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error)
	Ping(ctx context.Context) error
}

// fates are the ways in which a query can end; each leaves the connection, or the pool, usable.
var fates = []struct {
	name   string
	run    func(ctx context.Context, c querier, opts []stream.Option) error
	status string // of its metrics
}{
	{"whole", func(ctx context.Context, c querier, opts []stream.Option) error {
		s, err := c.Query(ctx, testbed.Numbered(500, 100), opts...)
		if err != nil {
			return err
		}
		return readCount(s, 500)
	}, "success"},
	{"close", func(ctx context.Context, c querier, opts []stream.Option) error {
		return leaveEarly(ctx, c, opts, func(s *stream.Stream) error { return s.Close() }, nil)
	}, "cancelled"},
	{"cancel", func(ctx context.Context, c querier, opts []stream.Option) error {
		return leaveEarly(ctx, c, opts, func(s *stream.Stream) error { return s.Cancel(ctx) }, werr.ErrCancelled)
	}, "cancelled"},
	{"context", func(ctx context.Context, c querier, opts []stream.Option) error {
		inner, stop := context.WithCancel(ctx)
		defer stop()
		return leaveEarly(inner, c, opts, func(s *stream.Stream) error {
			stop()
			for s.Next() { // it may end one row later
			}
			return nil
		}, context.Canceled)
	}, "cancelled"},
	{"pauses", func(ctx context.Context, c querier, opts []stream.Option) error {
		s, err := c.Query(ctx, testbed.Numbered(500, 100), opts...)
		if err != nil {
			return err
		}
		var pausing sync.WaitGroup
		pausing.Go(func() {
			for range 100 {
				if s.PauseWithReason("cycle") != nil {
					return // the stream has ended
				}
				_ = s.Resume() // or it has ended now
			}
		})
		defer pausing.Wait()
		return readCount(s, 500)
	}, "success"},
	{"refused", func(ctx context.Context, c querier, opts []stream.Option) error {
		if _, err := c.Query(ctx, "SELECT 1 AS one", opts...); werr.CategoryOf(err) != werr.CategorySchema {
			return fmt.Errorf("a result without data: %w", err)
		}
		return nil
	}, "error"},
}

// readCount reads n rows of numbered, and the end.
func readCount(s *stream.Stream, n int) error {
	defer s.Close() // Err has the relevant error
	got := 0
	for s.Next() {
		if got++; testbed.Number(s.Row()) != got {
			return fmt.Errorf("row %d is %s", got, s.Row())
		}
	}
	if s.Err() == nil && got != n {
		return fmt.Errorf("%d rows of %d", got, n)
	}
	return s.Err()
}

// leaveEarly takes some rows and ends the query before its end; want is the stream's error then.
func leaveEarly(ctx context.Context, c querier, opts []stream.Option, end func(*stream.Stream) error, want error) error {
	s, err := c.Query(ctx, testbed.Unhurried(testbed.Endless, 100), opts...)
	if err != nil {
		return err
	}
	defer s.Close() // a second time if end has closed it
	for i := range 150 {
		if !s.Next() {
			return fmt.Errorf("no row %d: %w", i+1, s.Err())
		}
	}
	if err := end(s); err != nil {
		return err
	}
	if !errors.Is(s.Err(), want) {
		return fmt.Errorf("the stream's error is %w, want %v", s.Err(), want)
	}
	return s.Close()
}

// meetFate runs the nth query of a program: one of the fates, in one of the modes.
func meetFate(ctx context.Context, c querier, n int, entity string) error {
	ctx, stop := context.WithTimeout(ctx, testbed.Patience)
	defer stop()
	modes := []stream.ReadAhead{stream.ReadAheadAuto, stream.ReadAheadAlways, stream.ReadAheadNever}
	fate := fates[n%len(fates)]
	opts := []stream.Option{stream.WithReadAhead(modes[n/len(fates)%len(modes)]), stream.WithEntity(entity)}
	if err := fate.run(ctx, c, opts); err != nil {
		return fmt.Errorf("query %d, %s: %w", n, fate.name, err)
	}
	return c.Ping(ctx)
}

// Connections that are opened and closed, each with a query that ends in some way, leave nothing behind.
func TestConnectionsLeaveNothing(t *testing.T) { comeAndGo(t, 126) }

func comeAndGo(t *testing.T, cycles int) {
	t.Helper()
	const workers = 8
	cfg, entity := testbed.Config(t, testbed.DSN(t)), testbed.UniqueEntity(t)
	work := func(n int) error {
		ctx, stop := context.WithTimeout(t.Context(), testbed.Patience)
		defer stop()
		c, err := conn.ConnectConfig(ctx, cfg)
		if err != nil {
			return err
		}
		return errors.Join(meetFate(ctx, c, n, entity), c.Close(ctx))
	}
	for n := range fates { // makes the allocations that are made once per process
		if err := work(n); err != nil {
			t.Fatal(err)
		}
	}
	testbed.WaitNoGoroutines(t)
	before, heap, page := testbed.TakeStock(t), testbed.Heap(), testbed.EntityPage(t, entity)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := w; n < cycles && !t.Failed(); n += workers {
				if err := work(n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	before.CheckNothingLeft(t)
	testbed.CheckHeap(t, heap)
	met := map[string]float64{}
	for n := range cycles {
		fate := fates[n%len(fates)]
		met[fate.name]++
		met[fate.status]++
	}
	testbed.EntityPage(t, entity).Since(page).Check(t, testbed.Wants{"fraiseql_queries_total has_where_sql false has_where_go false has_order_by false": float64(cycles),
		"fraiseql_query_completed_total status success":    met["success"],
		"fraiseql_query_completed_total status cancelled":  met["cancelled"],
		"fraiseql_query_completed_total status error":      met["error"],
		"fraiseql_query_error_total error_category schema": met["refused"],
		"fraiseql_cancellation_duration_ms_count":          met["cancel"],
		"fraiseql_active_streams":                          0, "fraiseql_stream_buffered_items": 0})
}
