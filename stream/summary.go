package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Summary describes how a stream ended, and what it had done until then: see WithOnEnd and conn.Tracer.
type Summary struct {
	Stats
	Err      error         // as Stream.Err returns it; nil after a complete result and after Close
	Status   string        // success, error or cancelled: the label of fraiseql_query_completed_total
	FirstRow time.Duration // from sending the query to buffering its first row; 0: there was none
	Elapsed  time.Duration // from sending the query to its end
	Prepared bool          // it ran as a prepared statement
}

// String returns one line for a log or a terminal.
func (sum Summary) String() string {
	text := fmt.Sprintf("%s in %v, first row after %v, prepared %t; %v",
		sum.Status, sum.Elapsed, sum.FirstRow, sum.Prepared, sum.Stats)
	if sum.Err != nil {
		text += "; " + sum.Err.Error()
	}
	return text
}

// LogValue returns a group of attributes for log/slog, including those of its Stats.
func (sum Summary) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("status", sum.Status),
		slog.Duration("elapsed", sum.Elapsed),
		slog.Duration("first_row", sum.FirstRow),
		slog.Bool("prepared", sum.Prepared),
	}
	if sum.Err != nil {
		attrs = append(attrs, slog.String("error", sum.Err.Error()))
	}
	return slog.GroupValue(append(attrs, sum.Stats.LogValue().Group()...)...)
}

// summary returns the summary of a stream that is being retired, when nothing changes any more.
func (s *Stream) summary(elapsed time.Duration) Summary {
	sum := Summary{
		Stats:    s.Stats(),
		Err:      s.life.err,
		Status:   s.life.status().String(),
		FirstRow: s.producer.firstRow,
		Elapsed:  elapsed,
		Prepared: s.env.Prepared,
	}
	sum.ReadAhead = false // a reader that no longer uses the source may not have returned yet
	return sum
}

// tellEnd calls the functions of WithOnEnd, in order.
func (s *Settings) tellEnd(sum Summary) {
	for _, f := range s.onEnd {
		f(sum)
	}
}

// AndOnEnd returns settings that are the same, except that f is called too, after the functions of WithOnEnd. It is for
// package conn.
func (s *Settings) AndOnEnd(f func(Summary)) *Settings {
	more := *s
	more.onEnd = append(slices.Clip(s.onEnd), f)
	return &more
}

// QueryFailed calls the functions of WithOnEnd for a query that did not become a stream. It is for package conn, which
// calls it once, before Query returns err. ctx is the query's context, start is when Query was called.
func (s *Settings) QueryFailed(ctx context.Context, start time.Time, err error) {
	if len(s.onEnd) == 0 {
		return
	}
	status := wiremetrics.StatusError
	if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {
		status = wiremetrics.StatusCancelled
	}
	s.tellEnd(Summary{
		Stats: Stats{State: Failed}, Err: err, Status: status.String(), Elapsed: time.Since(start),
	})
}
