package integration_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The tests under load run alone, because they check what is left over afterwards.

// alone runs a test in a subtest, and checks what is left over once its connections are closed.
func alone(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	testbed.WaitNoGoroutines(t) // of the previous test
	before := testbed.TakeStock(t)
	t.Run("load", test)
	before.CheckNothingLeft(t)
}

// wholeResult returns the metrics of the given number of queries read to their ends, with the total of their rows and
// bytes.
func wholeResult(queries, rows, bytes int) testbed.Wants {
	return testbed.Wants{
		"fraiseql_query_completed_total status success":   float64(queries),
		"fraiseql_query_completed_total status error":     0,
		"fraiseql_query_completed_total status cancelled": 0,
		"fraiseql_rows_processed_total status ok":         float64(rows),
		"fraiseql_query_rows_processed_sum":               float64(rows),
		"fraiseql_query_bytes_received_sum":               float64(bytes),
		"fraiseql_chunk_size_rows_sum":                    float64(rows),
		"fraiseql_channel_occupancy_rows_count":           float64(rows + queries),
		"fraiseql_memory_limit_exceeded_total":            0,
		"fraiseql_active_streams":                         0, "fraiseql_stream_buffered_items": 0,
	}
}

func TestStressMillionRowsUnderALimit(t *testing.T) {
	alone(t, func(t *testing.T) {
		testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
			const n, size, limit = 1_000_000, 50, 64 << 10
			c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
			s := testbed.Query(t, c, testbed.Numbered(n, size), m.With(stream.WithEntity(entity), stream.WithMaxMemory(limit),
				stream.WithMemoryPolicy(stream.MemoryWait))...)
			for done := 0; done < n; done += 1000 {
				testbed.Take(t, s, done, 1000)
				if st := s.Stats(); st.EstimatedMemory > limit || st.TotalRowsYielded != uint64(done+1000) ||
					st.TotalBytes != uint64(done+1000)*size {
					t.Fatalf("after %d rows: %v", done+1000, st)
				}
			}
			if s.Next() || s.Err() != nil {
				t.Fatalf("after the last row: %v", s.Err())
			}
			testbed.EntityPage(t, entity).Check(t, wholeResult(1, n, n*size))
			testbed.Usable(t, c, c.PID())
		})
	})
}

// Pauses in quick succession, from before the middle of the result up to its end, lose no row and duplicate none.
func TestStressRapidPauses(t *testing.T) {
	alone(t, func(t *testing.T) {
		testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
			const n, size, least = 200_000, 100, 1000
			c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
			b := testbed.Observe(t, testbed.DSN(t)).Raise()
			s := testbed.Query(t, c, testbed.Numbered(n, size)+b.Behind(n/2), m.With(stream.WithEntity(entity))...)
			reads := testbed.Consume(s)
			pauses := 0
			for s.Pause() == nil {
				pauses++
				_ = s.Resume() // the stream may have ended
				if pauses == least {
					b.Open()
				}
			}
			reads.Wait(t)
			if got := reads.Taken(); got != n || s.Err() != nil || pauses < least {
				t.Errorf("%d rows of %d in %d pauses, then %v", got, n, pauses, s.Err())
			}
			p := testbed.EntityPage(t, entity)
			p.Check(t, wholeResult(1, n, n*size))
			p.Check(t, testbed.Wants{
				"fraiseql_stream_paused_total": float64(pauses), "fraiseql_stream_resumed_total": float64(pauses),
				"fraiseql_stream_pause_duration_ms_count": float64(pauses),
			})
			testbed.Usable(t, c, c.PID())
		})
	})
}

// A consumer that stops and starts: the ring fills, is emptied at once, and fills again.
func TestStressSpikes(t *testing.T) {
	alone(t, func(t *testing.T) {
		testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
			const n, size, capacity = 200_000, 100, 1024
			c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
			s := testbed.Query(t, c, testbed.Numbered(n, size), m.With(stream.WithEntity(entity), stream.WithCapacity(capacity))...)
			done, spikes := 0, 0
			for ; done < n-8*capacity; spikes++ {
				if m == testbed.Always || s.Stats().ReadAhead {
					testbed.WaitNearlyFull(t, s, capacity)
				}
				burst := capacity * (1 + spikes%4)
				testbed.Take(t, s, done, burst)
				done += burst
			}
			testbed.Take(t, s, done, n-done)
			if s.Next() || s.Err() != nil {
				t.Fatalf("after the last row: %v", s.Err())
			}
			testbed.EntityPage(t, entity).Check(t, wholeResult(1, n, n*size))
			testbed.Usable(t, c, c.PID())
		})
	})
}

// roomFor returns how many connections the server has room for, at most want.
func roomFor(t *testing.T, dsn string, want int) int {
	t.Helper()
	free := testbed.Observe(t, dsn).Ask("SELECT to_jsonb(current_setting('max_connections')::int - " +
		"current_setting('superuser_reserved_connections')::int - count(*)) AS data FROM pg_stat_activity " +
		"WHERE backend_type = 'client backend'")
	n, err := strconv.Atoi(string(free))
	if err != nil {
		t.Fatal(err)
	}
	n = min(want, n-20) // others use the server too
	if n < want/3 {
		testbed.Cannot(t, "needs a server that takes "+strconv.Itoa(want/3)+" connections more")
	}
	return n
}

// Many streams at once share one budget: all of them reach their ends, with every row, in the order of the server.
func TestStressManyStreams(t *testing.T) {
	alone(t, func(t *testing.T) {
		const n, size, limit = 2000, 200, 256 << 10
		streams := roomFor(t, testbed.DSN(t), 100)
		b, entity := stream.NewBudget(limit, stream.MemoryWait), testbed.UniqueEntity(t)
		conns := make([]*conn.Conn, streams)
		var all sync.WaitGroup
		for i := range conns {
			all.Go(func() {
				c, err := conn.Connect(testbed.Context(t), testbed.DSN(t))
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
					all.Go(func() { testbed.Close(t, c) })
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
		testbed.EntityPage(t, entity).Check(t, wholeResult(streams, streams*n, streams*n*size))
	})
}

// readInOrder reads a whole result of numbered, and returns what is wrong with it.
func readInOrder(t testing.TB, c *conn.Conn, n, size int, opts ...stream.Option) error {
	s, err := c.Query(testbed.Context(t), testbed.Numbered(n, size), opts...)
	if err != nil {
		return err
	}
	defer s.Close() // Err has the relevant error
	got := 0
	for s.Next() {
		if got++; len(s.Row()) != size || testbed.Number(s.Row()) != got {
			return fmt.Errorf("row %d is %s", got, s.Row())
		}
	}
	if s.Err() == nil && got != n {
		return fmt.Errorf("%d rows of %d", got, n)
	}
	return s.Err()
}
