package stream_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// endings collects the summaries passed to WithOnEnd's function. Read it only after the end, or after synctest.Wait.
type endings []stream.Summary

func (e *endings) option() stream.Option {
	return stream.WithOnEnd(func(sum stream.Summary) { *e = append(*e, sum) })
}

// When a stream is read to its end, WithOnEnd's function is called before Next returns, with the durations.
func TestOnEndAfterTheLastRow(t *testing.T) {
	for name, failure := range map[string]error{"success": nil, "error": errServer} {
		inModesNamed(t, name, func(t *testing.T, mode stream.Option) {
			var ends endings
			src := newFake()
			s, _ := open(t, t.Context(), src, mode, ends.option(), stream.WithFilter(func(r jsonRaw) bool { return r[5] != '1' }))
			go func() {
				time.Sleep(3 * time.Second)
				src.send(rows(0, 4)...)
				time.Sleep(2 * time.Second)
				src.finish(failure)
			}()
			for s.Next() {
				if len(ends) > 0 {
					t.Fatal("WithOnEnd function called before the end")
				}
			}
			if over, _ := src.state(); len(ends) != 1 || over != "done" {
				t.Fatalf("WithOnEnd function called %d times when Next returned, source given back by %q", len(ends), over)
			}
			state := stream.Completed
			if failure != nil {
				state = stream.Failed
			}
			want := stream.Summary{
				Stats:  stream.Stats{State: state, TotalRowsYielded: 3, TotalRowsFiltered: 1, TotalBytes: 21},
				Status: name, FirstRow: 3 * time.Second, Elapsed: 5 * time.Second,
			}
			ignore := cmpopts.IgnoreFields(stream.Summary{}, "Err", "Stats.ChunkRows", "Stats.ReadAhead")
			if diff := cmp.Diff(want, ends[0], ignore); diff != "" || !errors.Is(ends[0].Err, failure) {
				t.Errorf("err %v, summary (-want +got):\n%s", ends[0].Err, diff)
			}
			_ = s.Close()
			if len(ends) != 1 {
				t.Errorf("WithOnEnd function called %d times after Close", len(ends))
			}
		})
	}
}

// WithOnEnd's function has been called when Close or Cancel returns, and soon after the end of the context; each time
// once.
func TestOnEndOfAnEarlyEnd(t *testing.T) {
	for how, e := range early {
		inModesNamed(t, how, func(t *testing.T, mode stream.Option) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var ends endings
			src := newFake()
			src.send(rows(0, 10)...)
			s, h := open(t, ctx, src, mode, ends.option())
			s.Next()
			e.end(s, h, cancel)
			if how == "context" || how == "connection" {
				synctest.Wait()
			}
			if over, _ := src.state(); len(ends) != 1 || over != "stop" {
				t.Fatalf("WithOnEnd function called %d times, source given back by %q", len(ends), over)
			}
			status := map[string]string{"connection": "error"}[how]
			if status == "" {
				status = "cancelled"
			}
			if sum := ends[0]; !errors.Is(sum.Err, e.err) || sum.State != e.state || sum.Status != status || sum.TotalRowsYielded != 1 {
				t.Errorf("summary %v", sum)
			}
			_ = s.Close()
			_ = s.CancelTimeout(time.Second)
			synctest.Wait()
			if len(ends) != 1 {
				t.Errorf("WithOnEnd function called %d times", len(ends))
			}
		})
	}
}

// WithOnEnd's function is called when the connection is free, and not while the source is still being stopped.
func TestOnEndWaitsForTheSource(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		ctx, cancel := context.WithCancel(t.Context())
		var ends endings
		src := newFake()
		src.stopGate = make(chan struct{})
		s, _ := open(t, ctx, src, mode, ends.option())
		cancel()
		if s.Next() {
			t.Error("a row out of nothing")
		}
		synctest.Wait()
		if len(ends) != 0 {
			t.Error("WithOnEnd function called while the source is being stopped")
		}
		close(src.stopGate)
		synctest.Wait()
		if len(ends) != 1 || !errors.Is(ends[0].Err, context.Canceled) || ends[0].FirstRow != 0 {
			t.Errorf("summaries: %v", ends)
		}
	})
}

// When the background reader reaches a limit, WithOnEnd's function is called once, after the source was stopped, with
// the error.
func TestOnEndAfterALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ends endings
		src := newFake()
		src.send(docs(20, 100)...)
		s, _ := open(t, t.Context(), src, ends.option(),
			stream.WithReadAhead(stream.ReadAheadAlways), stream.WithMaxMemory(1050))
		n := len(readAll(s))
		synctest.Wait()
		var limit *werr.MemoryLimitExceededError
		if n != 10 || len(ends) != 1 || !errors.As(ends[0].Err, &limit) || ends[0].TotalRowsYielded != 10 {
			t.Errorf("%d rows, summaries %v", n, ends)
		}
	})
}

// Several functions are called in order, and also for a query that failed before there was a stream.
func TestOnEndInOrderAndForAFailedQuery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var order []string
		var ends endings
		set, err := stream.Configure(
			stream.WithOnEnd(func(stream.Summary) { order = append(order, "first") }),
			ends.option(),
			stream.WithOnEnd(func(stream.Summary) { order = append(order, "second") }))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		time.Sleep(time.Second)
		set.QueryFailed(ctx, start, errServer)
		cancel()
		set.QueryFailed(ctx, start, errServer)
		set.QueryFailed(ctx, start, werr.FromContext(ctx))
		failed := stream.Stats{State: stream.Failed}
		want := endings{
			{Stats: failed, Err: errServer, Status: "error", Elapsed: time.Second},
			{Stats: failed, Err: errServer, Status: "error", Elapsed: time.Second},
			{Stats: failed, Err: context.Canceled, Status: "cancelled", Elapsed: time.Second},
		}
		if diff := cmp.Diff(want, ends, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("summaries (-want +got):\n%s", diff)
		}
		if got := strings.Join(order, " "); got != "first second first second first second" {
			t.Errorf("order: %s", got)
		}
	})
}

func TestSummaryAndInfoAddToTheirStats(t *testing.T) {
	t.Parallel()
	stats := stream.Stats{State: stream.Paused, TotalRowsYielded: 7, ChunkRows: 16}
	sum := stream.Summary{
		Stats: stats, Err: errServer, Status: "error", FirstRow: time.Second, Elapsed: 2 * time.Second, Prepared: true,
	}
	info := stream.Info{
		ID: 3, Entity: "user", SQL: "SELECT 'secret'", PID: 99, Started: time.Unix(0, 0).UTC(),
		PauseReason: "queue full", PausedFor: time.Minute, Stats: stats,
	}
	const of = "paused: 7 rows, 0 bytes, 0 filtered, 0 rows (0 bytes) buffered, chunk 16, read-ahead false"
	tests := map[string]string{
		sum.String():  "error in 2s, first row after 1s, prepared true; " + of + "; server said no",
		info.String(): "stream 3, user, pid 99, started 1970-01-01T00:00:00Z: " + of + "; paused for 1m0s: queue full",
		logged(sum): "x.status=error x.elapsed=2s x.first_row=1s x.prepared=true x.error=\"server said no\" x.state=paused " +
			"x.items_buffered=0 x.estimated_memory=0 x.total_rows_yielded=7 x.total_rows_filtered=0 x.total_bytes=0 " +
			"x.chunk_rows=16 x.read_ahead=false",
		logged(info): "x.id=3 x.entity=user x.pid=99 x.started=1970-01-01T00:00:00.000Z x.pause_reason=\"queue full\" " +
			"x.paused_for=1m0s x.state=paused x.items_buffered=0 x.estimated_memory=0 x.total_rows_yielded=7 " +
			"x.total_rows_filtered=0 x.total_bytes=0 x.chunk_rows=16 x.read_ahead=false",
	}
	for got, want := range tests {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// logged returns v as an attribute of a log line.
func logged(v slog.LogValuer) string {
	var line strings.Builder
	log := slog.New(slog.NewTextHandler(&line, nil))
	log.Info("m", slog.Any("x", v))
	_, attrs, _ := strings.Cut(strings.TrimSpace(line.String()), "msg=m ")
	return attrs
}

func TestColumnType(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set, err := stream.Configure()
		if err != nil {
			t.Fatal(err)
		}
		s, _ := stream.New(t.Context(), newFake(), set, feed.Env{Logger: slog.New(slog.DiscardHandler), ColumnType: "JSONB"})
		defer s.Close()
		if got := s.ColumnType(); got != "JSONB" {
			t.Errorf("column type %q", got)
		}
	})
}
