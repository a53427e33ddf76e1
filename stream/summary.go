package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Summary says how a stream ended, and what it had done until then: see WithOnEnd and conn.Tracer.
type Summary struct {
	Stats
	Err      error         // as Stream.Err says it; nil after a complete result and after Close
	Status   string        // success, error or cancelled: the label of fraiseql_query_completed_total
	FirstRow time.Duration // from sending the query to its first row in the buffer; 0: none came
	Elapsed  time.Duration // from sending the query to its end
	Prepared bool          // it ran as a prepared statement
}

// String is one line for a log or a terminal.
func (sum Summary) String() string {
	text := fmt.Sprintf("%s in %v, first row after %v, prepared %t; %v",
		sum.Status, sum.Elapsed, sum.FirstRow, sum.Prepared, sum.Stats)
	if sum.Err != nil {
		text += "; " + sum.Err.Error()
	}
	return text
}

// LogValue makes Summary a group of attributes for log/slog, those of its Stats among them.
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

// summary is what the stream came to. It is for the one who retires the stream: nothing changes any more.
func (s *Stream) summary() Summary {
	sum := Summary{
		Stats:    s.Stats(),
		Err:      s.life.err,
		Status:   s.life.status().String(),
		FirstRow: s.producer.firstRow,
		Elapsed:  time.Since(s.env.Start),
		Prepared: s.env.Prepared,
	}
	sum.ReadAhead = false // a reader that has let go of the source may still be on its way out
	return sum
}

// tellEnd calls the functions of WithOnEnd, in their order.
func (s *Settings) tellEnd(sum Summary) {
	for _, f := range s.onEnd {
		f(sum)
	}
}

// QueryFailed calls the functions of WithOnEnd for a query that did not become a stream. It is for package conn, which
// calls it once, before Query returns err. ctx is the query's, start is when Query was called.
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
