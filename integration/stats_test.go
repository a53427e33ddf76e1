package integration_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// documents returns a statement for n rows of different lengths.
func documents(n int) string {
	return fmt.Sprintf("SELECT jsonb_build_object('id', g, 'text', repeat('é', g %% 97)) AS data "+
		"FROM (SELECT generate_series(1, %d) AS g) AS s", n)
}

// first returns a statement for the first n rows of a query.
func first(sql string, n int) string {
	return fmt.Sprintf("SELECT data FROM (%s) AS q LIMIT %d", sql, n)
}

func TestStatsBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const capacity = 256
		c := testbed.Connect(t, testbed.DSN(t))
		sql := documents(100_000)
		s := testbed.Query(t, c, sql, m.With(stream.WithCapacity(capacity))...)
		want := stream.Stats{State: stream.Active, ChunkRows: 256}
		if m == testbed.Always {
			testbed.Eventually(t, "a full ring", func() bool { return s.Stats().ItemsBuffered == capacity })
			want.ItemsBuffered, want.ReadAhead = capacity, true
			want.EstimatedMemory = int(testbed.Observe(t, testbed.DSN(t)).BytesOf(first(sql, capacity)))
		}
		if diff := cmp.Diff(want, s.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
	})
}

// A goroutine that learns what the consumer has done sees exactly that in the statistics.
func TestStatsMidStreamFromAnotherGoroutine(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		c, o := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t))
		sql := documents(100_000)
		s := testbed.Query(t, c, sql, m.With(stream.WithFilter(func(row json.RawMessage) bool { return len(row)%2 == 0 }))...)
		for _, n := range []int{1, 63, 64, 1000, 7777} {
			var last int
			for st := s.Stats(); st.TotalRowsYielded < uint64(n); st = s.Stats() {
				if !s.Next() {
					t.Fatalf("the end after %d rows: %v", st.TotalRowsYielded, s.Err())
				}
				var doc struct{ ID int }
				if err := s.Decode(&doc); err != nil {
					t.Fatal(err)
				}
				last = doc.ID
			}
			seen := make(chan stream.Stats)
			go func() { seen <- s.Stats() }()
			st := <-seen
			if st.TotalRowsYielded != uint64(n) || st.TotalRowsYielded+st.TotalRowsFiltered != uint64(last) {
				t.Errorf("at row %d: %d yielded, %d filtered, want %d yielded", last, st.TotalRowsYielded, st.TotalRowsFiltered, n)
			}
			yielded := o.BytesOf("SELECT data FROM (" + first(sql, last) + ") AS q WHERE octet_length(data::text) % 2 = 0")
			if st.TotalBytes != yielded {
				t.Errorf("at row %d: %d bytes, the server counts %d", last, st.TotalBytes, yielded)
			}
		}
	})
}

func TestStatsWhilePaused(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const taken = 5000
		c, o := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t))
		sql := documents(1_000_000)
		s := testbed.Query(t, c, sql, m.With()...)
		for range taken {
			if !s.Next() {
				t.Fatal(s.Err())
			}
		}
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		st := checkNothingIsRead(t, s, o, c.PID())
		if st.TotalRowsYielded != taken {
			t.Errorf("stats %v", st)
		}
		if want := o.BytesOf(first(sql, taken)); st.TotalBytes != want {
			t.Errorf("%d bytes, the server counts %d", st.TotalBytes, want)
		}
		held := o.BytesOf(first(sql, taken+st.ItemsBuffered)) - st.TotalBytes
		if uint64(st.EstimatedMemory) != held {
			t.Errorf("%d rows hold %d bytes, the server counts %d", st.ItemsBuffered, st.EstimatedMemory, held)
		}
		if diff := cmp.Diff(st, s.Stats()); diff != "" {
			t.Errorf("stats change while paused:\n%s", diff)
		}
		for range st.ItemsBuffered { // these can still be taken
			if !s.Next() {
				t.Fatal(s.Err())
			}
		}
		if st := s.Stats(); st.State != stream.Paused || st.ItemsBuffered != 0 || st.EstimatedMemory != 0 {
			t.Errorf("stats %v after all buffered rows", st)
		}
	})
}

func TestStatsAfterTheEnd(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n = 20_000
		c, o := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t))
		even := func(row json.RawMessage) bool { return len(row)%2 == 0 }
		s := testbed.Query(t, c, documents(n), m.With(stream.WithFilter(even))...)
		yielded := testbed.Rows(t, s)
		kept := o.BytesOf("SELECT data FROM (" + documents(n) + ") AS q WHERE octet_length(data::text) % 2 = 0")
		st := s.Stats()
		want := stream.Stats{
			State: stream.Completed, ChunkRows: st.ChunkRows,
			TotalRowsYielded: uint64(len(yielded)), TotalRowsFiltered: n - uint64(len(yielded)), TotalBytes: kept,
		}
		if diff := cmp.Diff(want, st); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
	})
}

func TestStatsAsTextAndAsLog(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		s := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(40, 50), m.With(stream.WithChunkRows(8))...)
		testbed.Take(t, s, 0, 40)
		if s.Next() {
			t.Fatal("one row too many")
		}
		st := s.Stats()
		const text = "completed: 40 rows, 2000 bytes, 0 filtered, 0 rows (0 bytes) buffered, chunk 8, read-ahead false"
		if got := st.String(); got != text {
			t.Errorf("text %q, want %q", got, text)
		}
		got := map[string]string{}
		for _, a := range slog.AnyValue(st).Resolve().Group() {
			got[a.Key] = a.Value.String()
		}
		want := map[string]string{
			"state": "completed", "items_buffered": "0", "estimated_memory": "0", "total_rows_yielded": "40",
			"total_rows_filtered": "0", "total_bytes": "2000", "chunk_rows": "8", "read_ahead": "false",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// Totals never decrease, and nothing is ever negative, for goroutines that are not synchronized with the consumer.
func TestStatsAreMonotone(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n, readers = 150_000, 4
		even := func(row json.RawMessage) bool { return row[len(row)-2]%2 == 0 }
		s := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(n, 20), m.With(stream.WithFilter(even))...)
		stop := make(chan struct{})
		var all sync.WaitGroup
		for range readers {
			all.Go(func() {
				for last := s.Stats(); ; {
					select {
					case <-stop:
						return
					default:
					}
					st := s.Stats()
					if st.TotalRowsYielded < last.TotalRowsYielded || st.TotalRowsFiltered < last.TotalRowsFiltered ||
						st.TotalBytes < last.TotalBytes || st.ItemsBuffered < 0 || st.EstimatedMemory < 0 ||
						st.TotalRowsYielded > n/2 || st.TotalRowsFiltered > n/2 {
						t.Errorf("%v\nafter %v", st, last)
						return
					}
					last = st
				}
			})
		}
		for s.Next() {
		}
		close(stop)
		all.Wait()
		if st := s.Stats(); s.Err() != nil || st.TotalRowsYielded != n/2 || st.TotalRowsFiltered != n/2 {
			t.Errorf("%v, then %v", st, s.Err())
		}
	})
}
