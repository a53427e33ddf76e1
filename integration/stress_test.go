package integration_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The tests under load run alone: they count the goroutines of the library, and none may be left.

// alone runs a test in a subtest, and looks at what is left over once its connections are closed.
func alone(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	waitNoGoroutines(t) // of the test before
	before := readPage(t, "fraiseql_active_connections")
	t.Run("load", test)
	waitNoGoroutines(t)
	readPage(t, "fraiseql_active_connections").since(before).check(t, want{"fraiseql_active_connections", 0})
}

// wholeResult is the metrics of so many queries that were read to their ends, of so many rows of a size in all.
func wholeResult(queries, rows, bytes int) []want {
	return []want{
		{"fraiseql_query_completed_total status success", float64(queries)},
		{"fraiseql_query_completed_total status error", 0},
		{"fraiseql_query_completed_total status cancelled", 0},
		{"fraiseql_rows_processed_total status ok", float64(rows)},
		{"fraiseql_query_rows_processed_sum", float64(rows)},
		{"fraiseql_query_bytes_received_sum", float64(bytes)},
		{"fraiseql_chunk_size_rows_sum", float64(rows)},
		{"fraiseql_channel_occupancy_rows_count", float64(rows + queries)},
		{"fraiseql_memory_limit_exceeded_total", 0},
		{"fraiseql_active_streams", 0}, {"fraiseql_stream_buffered_items", 0},
	}
}

func TestStressMillionRowsUnderALimit(t *testing.T) {
	alone(t, func(t *testing.T) {
		onFills(t, func(t *testing.T, f fill) {
			const n, size, limit = 1_000_000, 50, 64 << 10
			c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
			s := query(t, c, numbered(n, size), f.with(stream.WithEntity(entity), stream.WithMaxMemory(limit),
				stream.WithMemoryPolicy(stream.MemoryWait))...)
			for done := 0; done < n; done += 1000 {
				take(t, s, done, 1000)
				if st := s.Stats(); st.EstimatedMemory > limit || st.TotalRowsYielded != uint64(done+1000) ||
					st.TotalBytes != uint64(done+1000)*size {
					t.Fatalf("after %d rows: %v", done+1000, st)
				}
			}
			if s.Next() || s.Err() != nil {
				t.Fatalf("after the last row: %v", s.Err())
			}
			entityPage(t, entity).check(t, wholeResult(1, n, n*size)...)
			usable(t, c, c.PID())
		})
	})
}

func TestStressRapidPauses(t *testing.T) {
	alone(t, func(t *testing.T) {
		onFills(t, func(t *testing.T, f fill) {
			const n, size = 200_000, 100
			c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
			s := query(t, c, numbered(n, size), f.with(stream.WithEntity(entity))...)
			reads := consume(t, s)
			pauses := 0
			for s.Pause() == nil {
				pauses++
				_ = s.Resume() // the end may have come first
			}
			reads.wait(t)
			if got := reads.taken.Load(); got != n || s.Err() != nil {
				t.Errorf("%d rows of %d, then %v", got, n, s.Err())
			}
			t.Logf("%d pauses", pauses)
			entityPage(t, entity).check(t, append(wholeResult(1, n, n*size),
				want{"fraiseql_stream_paused_total", float64(pauses)}, want{"fraiseql_stream_resumed_total", float64(pauses)},
				want{"fraiseql_stream_pause_duration_ms_count", float64(pauses)})...)
			usable(t, c, c.PID())
		})
	})
}

// A consumer that stops and starts: the ring fills, is emptied at once, and fills again.
func TestStressSpikes(t *testing.T) {
	alone(t, func(t *testing.T) {
		onFills(t, func(t *testing.T, f fill) {
			const n, size, capacity = 200_000, 100, 1024
			c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
			s := query(t, c, numbered(n, size), f.with(stream.WithEntity(entity), stream.WithCapacity(capacity))...)
			done, spikes := 0, 0
			for ; done < n-8*capacity; spikes++ {
				if f.always() || s.Stats().ReadAhead {
					waitNearlyFull(t, s, capacity)
				}
				burst := capacity * (1 + spikes%4)
				take(t, s, done, burst)
				done += burst
			}
			take(t, s, done, n-done)
			if s.Next() || s.Err() != nil {
				t.Fatalf("after the last row: %v", s.Err())
			}
			entityPage(t, entity).check(t, wholeResult(1, n, n*size)...)
			usable(t, c, c.PID())
		})
	})
}

// roomFor is how many connections the server has room for, want at most.
func roomFor(t *testing.T, dsn string, want int) int {
	t.Helper()
	free := observe(t, dsn).ask("SELECT to_jsonb(current_setting('max_connections')::int - " +
		"current_setting('superuser_reserved_connections')::int - count(*)) AS data FROM pg_stat_activity " +
		"WHERE backend_type = 'client backend'")
	n, err := strconv.Atoi(string(free))
	if err != nil {
		t.Fatal(err)
	}
	n = min(want, n-20) // others use the server too
	if n < want/3 {
		cannot(t, "needs a server that takes "+strconv.Itoa(want/3)+" connections more")
	}
	return n
}

// Many streams at once share one budget: all of them come to their ends, with every row, in the order of the server.
func TestStressManyStreams(t *testing.T) {
	alone(t, func(t *testing.T) {
		const n, size, limit = 2000, 200, 256 << 10
		streams := roomFor(t, mainDSN(t), 200)
		b, entity := stream.NewBudget(limit, stream.MemoryWait), uniqueEntity(t)
		conns := make([]*conn.Conn, streams)
		var all sync.WaitGroup
		for i := range conns {
			all.Go(func() {
				c, err := conn.Connect(bounded(t), mainDSN(t))
				if err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
				conns[i] = c
			})
		}
		all.Wait()
		defer func() {
			for _, c := range conns {
				if c != nil {
					all.Go(func() { closeConn(t, c) })
				}
			}
			all.Wait()
		}()
		if t.Failed() {
			return
		}
		for i, c := range conns {
			all.Go(func() {
				mode := []stream.ReadAhead{stream.ReadAheadAlways, stream.ReadAheadAuto, stream.ReadAheadNever}[i%3]
				err := readInOrder(t, c, n, size, stream.WithReadAhead(mode), stream.WithBudget(b), stream.WithEntity(entity))
				if err != nil {
					t.Errorf("stream %d: %v", i, err)
				}
				if used, most := b.Used(), limit+2*size*streams; used > most {
					t.Errorf("%d bytes of the budget are used, want at most %d", used, most)
				}
			})
		}
		all.Wait()
		waitReturned(t, b)
		entityPage(t, entity).check(t, wholeResult(streams, streams*n, streams*n*size)...)
	})
}

// readInOrder reads a whole result of numbered, and returns what is wrong with it.
func readInOrder(t testing.TB, c *conn.Conn, n, size int, opts ...stream.Option) error {
	s, err := c.Query(bounded(t), numbered(n, size), opts...)
	if err != nil {
		return err
	}
	defer s.Close() // Err has what matters
	got := 0
	for s.Next() {
		if got++; len(s.Row()) != size || number(s.Row()) != got {
			return fmt.Errorf("row %d is %s", got, s.Row())
		}
	}
	if s.Err() == nil && got != n {
		return fmt.Errorf("%d rows of %d", got, n)
	}
	return s.Err()
}
