package integration_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// largeFirst returns a statement for rows numbered g, the first of them so large that the server has to send a part of
// it at once.
func largeFirst(n int) string {
	return fmt.Sprintf("SELECT to_jsonb(lpad(g::text, CASE WHEN g = 1 THEN 90000 ELSE 98 END, '0')) AS data "+
		"FROM (SELECT generate_series(1, %d) AS g) AS s", n)
}

// The server holds back the first 8 KB, including the row description: Query itself waits, and the timeout applies to
// it.
func TestFirstRowTimeoutInQuery(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const bound = 100 * time.Millisecond
		c, o, entity := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t)), testbed.UniqueEntity(t)
		b := o.Raise()
		pid := c.PID()
		_, err := c.Query(testbed.Context(t), testbed.Numbered(10, 100)+b.Behind(0), m.With(stream.WithEntity(entity),
			stream.WithFirstRowTimeout(bound), stream.WithStallTimeout(time.Millisecond))...)
		testbed.CheckTimeout(t, err, "first row", bound)
		testbed.Eventually(t, "an idle connection", func() bool { return c.State() == conn.Idle })
		testbed.Usable(t, c, pid)
		testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_query_completed_total status error": 1,
			"fraiseql_query_error_total error_category timeout": 1})
	})
}

// ample is a timeout that is exceeded on purpose by waiting. It is far above any delay of a busy machine.
const ample = 5 * time.Second

// A part of the first row does not count as a row.
func TestFirstRowTimeoutInNext(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		t.Parallel()
		p, entity := testbed.NewProxy(t), testbed.UniqueEntity(t)
		c := testbed.Connect(t, testbed.DSN(t), p.Through)
		pid := c.PID()
		p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: testbed.BeforeRows + 100, End: testbed.Hole})
		s := testbed.Query(t, c, largeFirst(testbed.Endless),
			m.With(stream.WithEntity(entity), stream.WithFirstRowTimeout(ample))...)
		if s.Next() {
			t.Fatal("a row was delivered")
		}
		p.Heal()
		testbed.CheckTimeout(t, s.Err(), "first row", ample)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		testbed.Usable(t, c, pid)
		testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_query_error_total error_category timeout": 1})
	})
}

// Rows that have arrived in time are not late because the consumer is.
func TestFirstRowTimeoutOfALateConsumer(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{"small rows": testbed.Numbered(100, 100), "a large row": largeFirst(100)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
				t.Parallel()
				c, o := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t))
				s := testbed.Query(t, c, sql, m.With(stream.WithFirstRowTimeout(ample))...)
				o.WaitIdle(c.PID()) // everything has been sent
				time.Sleep(ample + ample/4)
				testbed.Take(t, s, 0, 100)
				testbed.TakeEnd(t, s)
			})
		})
	}
}

// A server that goes silent while the consumer waits causes a stall; earlier rows are delivered.
func TestStallTimeout(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const bound = 150 * time.Millisecond
		c, o, entity := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t)), testbed.UniqueEntity(t)
		b := o.Raise()
		pid := c.PID()
		began := time.Now()
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000)+b.Behind(24),
			m.With(stream.WithEntity(entity), stream.WithStallTimeout(bound))...)
		got := 0
		for s.Next() {
			got++
		}
		testbed.CheckTimeout(t, s.Err(), "stall", bound)
		if got < 8 || got > 24 || time.Since(began) < bound {
			t.Errorf("%d rows before the stall, after %v", got, time.Since(began))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		testbed.Usable(t, c, pid)
		testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_query_error_total error_category timeout": 1,
			"fraiseql_rows_processed_total status ok": float64(got)})
	})
}

// The stall timeout does not apply to the time before the first row, in which the server computes.
func TestNoStallBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		t.Parallel()
		c, b := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t)).Raise()
		var opening sync.WaitGroup
		opening.Go(func() {
			time.Sleep(ample + ample/4)
			b.Open()
		})
		defer opening.Wait()
		s := testbed.Query(t, c, testbed.Numbered(10, 100)+b.Behind(0), m.With(stream.WithStallTimeout(ample))...)
		testbed.Take(t, s, 0, 10)
	})
}

func TestNoStallWhileTheConsumerWorks(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		t.Parallel()
		s := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(testbed.Endless, 8000),
			m.With(stream.WithStallTimeout(ample))...)
		for i := range 2 {
			testbed.Take(t, s, 1000*i, 1000)
			time.Sleep(ample + ample/4)
		}
		testbed.Take(t, s, 2000, 1000)
	})
}

func TestNoStallWhilePaused(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		t.Parallel()
		s := testbed.Query(t, testbed.Connect(t, testbed.DSN(t)), testbed.Numbered(testbed.Endless, 1000),
			m.With(stream.WithStallTimeout(ample))...)
		reads := testbed.Consume(s)
		reads.WaitTaken(t, 1000)
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		testbed.Eventually(t, "a consumer that waits", func() bool { return s.Stats().ItemsBuffered == 0 })
		before := reads.Taken()
		time.Sleep(ample + ample/4)
		if err := s.Resume(); err != nil {
			t.Fatalf("%v: %v", err, s.Err())
		}
		reads.WaitTaken(t, before+5000)
		if err := s.Err(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		reads.Wait(t)
	})
}

// Each byte ends the silence, even if no row arrives for longer than the timeout.
func TestNoStallWhileBytesCome(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		t.Parallel()
		const size, apart = 400, 15 * time.Millisecond // longer than ample
		p := testbed.NewProxy(t)
		c := testbed.Connect(t, testbed.DSN(t), p.Through)
		p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{Delay: apart, Pieces: testbed.SingleBytes})
		defer p.Heal()
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size), m.With(stream.WithStallTimeout(ample))...)
		testbed.Take(t, s, 0, 1)
		testbed.EndsAfter(t, "the second row", size*apart, func() { testbed.Take(t, s, 1, 1) })
	})
}
