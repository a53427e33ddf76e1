package integration_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// leftovers is what a program must have as much of after a while as before.
type leftovers struct {
	descriptors int // open ones; 0 where that cannot be seen
	heap        uint64
}

func takeStock() leftovers {
	runtime.GC()
	runtime.GC() // what the first one only put up for finalizing
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd") // elsewhere than on Linux there is none
	return leftovers{len(open), m.HeapAlloc}
}

// compare fails unless all is back to where it was.
func (before leftovers) compare(t *testing.T) {
	t.Helper()
	waitNoGoroutines(t)
	eventually(t, "no descriptors left over", func() bool { return takeStock().descriptors <= before.descriptors })
	const slack = 8 << 20 // of the runtime, and of the metrics
	if now := takeStock(); now.heap > before.heap+slack {
		t.Errorf("%d bytes of heap before, %d after", before.heap, now.heap)
	}
}

// fates are what may become of a query; each leaves the connection usable.
var fates = []struct {
	name   string
	run    func(ctx context.Context, c *conn.Conn, opts []stream.Option) error
	status string // of its metrics
}{
	{"whole", func(ctx context.Context, c *conn.Conn, opts []stream.Option) error {
		s, err := c.Query(ctx, numbered(500, 100), opts...)
		if err != nil {
			return err
		}
		return readCount(s, 500)
	}, "success"},
	{"close", func(ctx context.Context, c *conn.Conn, opts []stream.Option) error {
		return leaveEarly(ctx, c, opts, func(s *stream.Stream) error { return s.Close() }, nil)
	}, "cancelled"},
	{"cancel", func(ctx context.Context, c *conn.Conn, opts []stream.Option) error {
		return leaveEarly(ctx, c, opts, func(s *stream.Stream) error { return s.Cancel(ctx) }, werr.ErrCancelled)
	}, "cancelled"},
	{"context", func(ctx context.Context, c *conn.Conn, opts []stream.Option) error {
		inner, stop := context.WithCancel(ctx)
		defer stop()
		return leaveEarly(inner, c, opts, func(s *stream.Stream) error {
			stop()
			for s.Next() { // its end may come a row later
			}
			return nil
		}, context.Canceled)
	}, "cancelled"},
	{"pauses", func(ctx context.Context, c *conn.Conn, opts []stream.Option) error {
		s, err := c.Query(ctx, numbered(500, 100), opts...)
		if err != nil {
			return err
		}
		var pausing sync.WaitGroup
		pausing.Go(func() {
			for range 100 {
				if s.PauseWithReason("cycle") != nil {
					return // the end has come
				}
				_ = s.Resume() // or has come now
			}
		})
		defer pausing.Wait()
		return readCount(s, 500)
	}, "success"},
	{"refused", func(ctx context.Context, c *conn.Conn, opts []stream.Option) error {
		if _, err := c.Query(ctx, "SELECT 1 AS one", opts...); werr.CategoryOf(err) != werr.CategorySchema {
			return fmt.Errorf("a result without data: %w", err)
		}
		return nil
	}, "error"},
}

// readCount reads n rows of numbered, and the end.
func readCount(s *stream.Stream, n int) error {
	defer s.Close() // Err has what matters
	got := 0
	for s.Next() {
		if got++; number(s.Row()) != got {
			return fmt.Errorf("row %d is %s", got, s.Row())
		}
	}
	if s.Err() == nil && got != n {
		return fmt.Errorf("%d rows of %d", got, n)
	}
	return s.Err()
}

// leaveEarly takes some rows and ends the query before its end; want is the stream's error then.
func leaveEarly(ctx context.Context, c *conn.Conn, opts []stream.Option, end func(*stream.Stream) error, want error) error {
	s, err := c.Query(ctx, unhurried(endless, 100), opts...)
	if err != nil {
		return err
	}
	defer s.Close() // a second time where end has done it
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

// meetFate is the nth query of a program: one of the fates, in one of the modes.
func meetFate(ctx context.Context, c *conn.Conn, n int, entity string) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	modes := []stream.ReadAhead{stream.ReadAheadAuto, stream.ReadAheadAlways, stream.ReadAheadNever}
	fate := fates[n%len(fates)]
	opts := []stream.Option{stream.WithReadAhead(modes[n/len(fates)%len(modes)]), stream.WithEntity(entity)}
	if err := fate.run(ctx, c, opts); err != nil {
		return fmt.Errorf("query %d, %s: %w", n, fate.name, err)
	}
	return c.Ping(ctx)
}

// Connections that come and go, each with a query that ends in some way, leave nothing behind.
func TestConnectionsLeaveNothing(t *testing.T) { comeAndGo(t, 500) }

func comeAndGo(t *testing.T, cycles int) {
	t.Helper()
	const workers = 8
	dsn, entity := mainDSN(t), uniqueEntity(t)
	work := func(n int) error {
		ctx, stop := context.WithTimeout(t.Context(), patience)
		defer stop()
		c, err := conn.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		return errors.Join(meetFate(ctx, c, n, entity), c.Close(ctx))
	}
	for n := range fates { // what is made once for the process is made now
		if err := work(n); err != nil {
			t.Fatal(err)
		}
	}
	waitNoGoroutines(t)
	before, page := takeStock(), entityPage(t, entity)
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
	before.compare(t)
	met := map[string]float64{}
	for n := range cycles {
		fate := fates[n%len(fates)]
		met[fate.name]++
		met[fate.status]++
	}
	entityPage(t, entity).since(page).check(t,
		want{"fraiseql_queries_total has_where_sql false has_where_go false has_order_by false", float64(cycles)},
		want{"fraiseql_query_completed_total status success", met["success"]},
		want{"fraiseql_query_completed_total status cancelled", met["cancelled"]},
		want{"fraiseql_query_completed_total status error", met["error"]},
		want{"fraiseql_query_error_total error_category schema", met["refused"]},
		want{"fraiseql_cancellation_duration_ms_count", met["cancel"]},
		want{"fraiseql_active_streams", 0}, want{"fraiseql_stream_buffered_items", 0})
}
