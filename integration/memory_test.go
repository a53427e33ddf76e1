package integration_test

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const breaches = "fraiseql_memory_limit_exceeded_total"

// exceeded fails unless err is the error of the memory limit, with these numbers.
func exceeded(t testing.TB, err error, limit, current int) {
	t.Helper()
	var got *werr.MemoryLimitExceededError
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want a *MemoryLimitExceededError", err)
	}
	if diff := cmp.Diff(&werr.MemoryLimitExceededError{Limit: limit, Current: current}, got); diff != "" {
		t.Errorf("limit and current (-want +got):\n%s", diff)
	}
	if werr.CategoryOf(err) != werr.CategoryMemory || werr.SafeToRetry(err) {
		t.Errorf("category %v, safe to retry %t", werr.CategoryOf(err), werr.SafeToRetry(err))
	}
}

// A single row above the limit fails at once, for every way of filling and every policy.
func TestMemoryLimitBelowOneRow(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, server *pgserver.Server) {
		testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
			for name, policy := range map[string]stream.MemoryPolicy{"fail": stream.MemoryFail, "wait": stream.MemoryWait} {
				t.Run(name, func(t *testing.T) {
					c, entity := testbed.Connect(t, server.DSN()), testbed.UniqueEntity(t)
					pid := c.PID()
					s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 5000), m.With(stream.WithEntity(entity),
						stream.WithMaxMemory(4999), stream.WithMemoryPolicy(policy))...)
					if s.Next() {
						t.Fatal("a row above the limit was delivered")
					}
					exceeded(t, s.Err(), 4999, 5000)
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					testbed.Usable(t, c, pid)
					testbed.EntityPage(t, entity).Check(t, testbed.Wants{breaches: 1,
						"fraiseql_query_completed_total status error":      1,
						"fraiseql_query_error_total error_category memory": 1,
						"fraiseql_rows_processed_total status ok":          0,
						"fraiseql_active_streams":                          0, "fraiseql_stream_buffered_items": 0})
				})
			}
		})
	})
}

// In the middle of a result exactly the rows before the one that is too large are delivered.
func TestMemoryLimitAtOneLargeRow(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const large, limit = 3000, 64 << 10
		sql := fmt.Sprintf("SELECT to_jsonb(lpad(g::text, CASE WHEN g = %d THEN %d ELSE 98 END, '0')) AS data "+
			"FROM (SELECT generate_series(1, %d) AS g) AS s", large, 10*limit, testbed.Endless)
		c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
		pid := c.PID()
		s := testbed.Query(t, c, sql, m.With(stream.WithEntity(entity), stream.WithMaxMemory(limit),
			stream.WithMemoryPolicy(stream.MemoryWait))...)
		testbed.Take(t, s, 0, large-1)
		if s.Next() {
			t.Fatal("the row above the limit was delivered")
		}
		var got *werr.MemoryLimitExceededError
		if !errors.As(s.Err(), &got) || got.Limit != limit || got.Current < 10*limit+2 || got.Current > 11*limit+2 {
			t.Errorf("error %v, want the limit %d and the total with the row", s.Err(), limit)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		testbed.Usable(t, c, pid)
		testbed.EntityPage(t, entity).Check(t, testbed.Wants{breaches: 1, "fraiseql_rows_processed_total status ok": large - 1})
	})
}

// A limit of exactly what the ring can hold is never reached, however long the consumer stops.
func TestMemoryLimitOfTheExpectedBuffer(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n, size, capacity = 5000, 8000, 64
		c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
		s := testbed.Query(t, c, testbed.Numbered(n, size), m.With(stream.WithEntity(entity), stream.WithCapacity(capacity),
			stream.WithMaxMemory(capacity*size))...)
		if m == testbed.Always {
			testbed.Eventually(t, "a full ring", func() bool { return s.Stats().EstimatedMemory == capacity*size })
		}
		testbed.Observe(t, testbed.DSN(t)).WaitSent(c.PID())
		testbed.Take(t, s, 0, n)
		if s.Next() || s.Err() != nil {
			t.Errorf("after the last row: %v", s.Err())
		}
		testbed.EntityPage(t, entity).Check(t, testbed.Wants{breaches: 0, "fraiseql_query_completed_total status success": 1,
			"fraiseql_rows_processed_total status ok": n})
	})
}

// With a limit of half of the expected buffer, and a consumer that has stopped, the limit is reached, counted and
// logged when the buffer is half full, while the rows in it still wait for the consumer, which gets all of them, and
// then the error. By then the query is over on the server.
func TestMemoryLimitOfHalfTheBuffer(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, server *pgserver.Server) {
		for _, stopped := range []int{0, 10} {
			t.Run(fmt.Sprintf("after %d rows", stopped), func(t *testing.T) {
				halfTheBuffer(t, server.DSN(), stopped)
			})
		}
	})
}

// halfTheBuffer runs a consumer that takes the given number of rows, few enough to stay below the limit, and stops.
func halfTheBuffer(t *testing.T, dsn string, stopped int) {
	const size, capacity, limit = 1000, 64, 32 * 1000
	var book testbed.Logbook
	c := testbed.Connect(t, dsn, book.Log)
	entity, o, pid := testbed.UniqueEntity(t), testbed.Observe(t, dsn), c.PID()
	b := o.Raise() // the rest is sent once the consumer has stopped, which fixes the row at the limit
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size)+b.Behind(24), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithEntity(entity), stream.WithCapacity(capacity), stream.WithMaxMemory(limit))
	testbed.Take(t, s, 0, stopped)
	if got := len(book.Find("stream memory limit exceeded")); got != 0 {
		t.Fatalf("%d warnings before the limit was reached", got)
	}
	b.Open()
	testbed.Eventually(t, "a breach that is counted", func() bool { return testbed.EntityPage(t, entity).Get(breaches) == 1 })
	testbed.Eventually(t, "an idle backend", func() bool { return o.See(pid).State == "idle" })
	warnings := book.Find("stream memory limit exceeded")
	if len(warnings) != 1 || warnings[0].Level != slog.LevelWarn || warnings[0].Attrs["over_bytes"].Int64() != size {
		t.Errorf("logged: %v, want one warning with the exceeding bytes", warnings)
	}
	if st := s.Stats(); st.EstimatedMemory != limit || st.ItemsBuffered != limit/size || s.Err() != nil {
		t.Errorf("stats %v and error %v when the limit is reached", st, s.Err())
	}
	testbed.Take(t, s, stopped, limit/size)
	if s.Next() {
		t.Fatal("a row that did not fit was delivered")
	}
	exceeded(t, s.Err(), limit, limit+size)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	testbed.Usable(t, c, pid)
	testbed.EntityPage(t, entity).Check(t, testbed.Wants{breaches: 1,
		"fraiseql_rows_processed_total status ok":          float64(stopped + limit/size),
		"fraiseql_query_error_total error_category memory": 1, "fraiseql_query_completed_total status error": 1})
}

// With MemoryWait, and by default with either policy, the limit is enforced by not reading, whether the consumer works
// or stops.
func TestMemoryLimitIsKeptByWaiting(t *testing.T) {
	t.Parallel()
	const n, size, limit = 20_000, 6000, 10 * 6000 // more than the sockets between hold
	for _, tt := range []struct {
		name   string
		mode   stream.ReadAhead
		policy stream.MemoryPolicy
	}{
		{"always, wait", stream.ReadAheadAlways, stream.MemoryWait},
		{"auto, wait", stream.ReadAheadAuto, stream.MemoryWait},
		{"auto, fail", stream.ReadAheadAuto, stream.MemoryFail},
		{"never, fail", stream.ReadAheadNever, stream.MemoryFail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, entity, o := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t), testbed.Observe(t, testbed.DSN(t))
			s := testbed.Query(t, c, testbed.Numbered(n, size), stream.WithReadAhead(tt.mode), stream.WithMemoryPolicy(tt.policy),
				stream.WithEntity(entity), stream.WithMaxMemory(limit))
			over := 0
			for i := range n {
				if i == 0 && tt.mode == stream.ReadAheadAlways {
					testbed.Eventually(t, "a buffer at its limit", func() bool { return s.Stats().EstimatedMemory == limit })
				}
				if i == 0 || i == n/4 { // the consumer stops
					o.WaitHeldBack(c.PID())
				}
				testbed.Take(t, s, i, 1)
				if s.Stats().EstimatedMemory > limit {
					over++
				}
			}
			if s.Next() || s.Err() != nil {
				t.Errorf("after the last row: %v", s.Err())
			}
			if over > 0 {
				t.Errorf("%d times of %d more than %d bytes were buffered", over, n, limit)
			}
			p := testbed.EntityPage(t, entity)
			p.Check(t, testbed.Wants{breaches: 0, "fraiseql_query_completed_total status success": 1})
			const buffered = "fraiseql_stream_buffered_bytes"
			if above := p.Get(buffered+"_count") - p.UpTo(buffered, 65536); above != 0 {
				t.Errorf("%v chunks brought the buffer above 65536 bytes, with a limit of %d", above, limit)
			}
		})
	}
}

// By default the limit is enforced even while the background reader is running.
func TestMemoryLimitWithTheReaderOfTheDefault(t *testing.T) {
	t.Parallel()
	const size, limit = 100, 200_000
	c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size), stream.WithEntity(entity), stream.WithCapacity(1<<14),
		stream.WithMaxMemory(limit))
	done := testbed.WaitForReader(t, s, 0)
	for range 20_000 {
		testbed.Take(t, s, done, 1)
		done++
		if st := s.Stats(); st.EstimatedMemory > limit {
			t.Fatalf("stats %v with a limit of %d bytes", st, limit)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	testbed.EntityPage(t, entity).Check(t, testbed.Wants{breaches: 0})
	testbed.Usable(t, c, c.PID())
}

// The soft limit warns once per upward crossing: not again while the buffer stays above it, but again after it was
// below it, even if only while the stream was paused.
func TestMemorySoftLimit(t *testing.T) {
	t.Parallel()
	const size, capacity, crossings = 100, 64, 5
	var book testbed.Logbook
	c := testbed.Connect(t, testbed.DSN(t), book.Log)
	entity, o := testbed.UniqueEntity(t), testbed.Observe(t, testbed.DSN(t))
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithEntity(entity),
		stream.WithCapacity(capacity), stream.WithMaxMemory(capacity*size), stream.WithMemorySoftLimit(0.5))
	done := 0
	for range crossings {
		for range 4 * capacity { // never below the soft limit
			testbed.WaitNearlyFull(t, s, capacity)
			testbed.Take(t, s, done, 1)
			done++
		}
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		o.WaitHeldBack(c.PID())
		for s.Stats().ItemsBuffered > 0 {
			testbed.Take(t, s, done, 1)
			done++
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	testbed.WaitNearlyFull(t, s, capacity)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	warnings := book.Find("stream memory above its soft limit")
	if len(warnings) != crossings+1 {
		t.Errorf("%d warnings for %d crossings", len(warnings), crossings+1)
	}
	for _, w := range warnings {
		if w.Level != slog.LevelWarn || w.Attrs["soft_limit_bytes"].Int64() != capacity*size/2 ||
			w.Attrs["over_bytes"].Int64() <= 0 {
			t.Errorf("logged warning: %v", w)
		}
	}
	testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_memory_soft_limit_total": crossings + 1, breaches: 0})
}

// By default there are warnings too, and each is counted.
func TestMemorySoftLimitOfTheDefault(t *testing.T) {
	t.Parallel()
	const n, size, limit = 2000, 100, 10 * 100
	var book testbed.Logbook
	c := testbed.Connect(t, testbed.DSN(t), book.Log)
	entity := testbed.UniqueEntity(t)
	s := testbed.Query(t, c, testbed.Numbered(n, size), stream.WithEntity(entity), stream.WithMaxMemory(limit),
		stream.WithMemorySoftLimit(0.5))
	testbed.Take(t, s, 0, n)
	if s.Next() || s.Err() != nil {
		t.Fatalf("after the last row: %v", s.Err())
	}
	warned := len(book.Find("stream memory above its soft limit"))
	if warned == 0 {
		t.Error("no warning, although each fill had ten rows above a limit of five")
	}
	testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_memory_soft_limit_total": float64(warned), breaches: 0})
}
