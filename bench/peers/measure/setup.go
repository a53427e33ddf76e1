package measure

import (
	"context"
	"fmt"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/contestant"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// Setup is one run: the contestant, the server, and the amount of work.
type Setup struct {
	Contestant contestant.Contestant
	DSN        string
	Target     workload.Target
	Size       int   // bytes of a document
	Rows       int64 // rows of a query
	Repeat     int   // number of queries, or of concurrent streams
}

// Kind is a kind of measurement.
type Kind string

// The kinds, and what they measure.
const (
	Rows    Kind = "rows"    // the cost of a row in a long result
	First   Kind = "first"   // the time to the first row
	Tiny    Kind = "tiny"    // the time of a query with one row
	Stop    Kind = "stop"    // the time to the answer of another query after a long one was left
	Streams Kind = "streams" // the memory of an open stream
)

// never is a Watch that watches no row.
var never = &contestant.Watch{}

// Run does one measurement.
func Run(ctx context.Context, k Kind, s Setup) (Figures, error) {
	kinds := map[Kind]func(context.Context, Setup) (Figures, error){
		Rows: rows, First: first, Tiny: tiny, Stop: stop, Streams: streams,
	}
	run, known := kinds[k]
	if !known {
		return nil, fmt.Errorf("no measurement is named %q: there are rows, first, tiny, stop and streams", k)
	}
	return run(ctx, s)
}

// open connects and runs one query, so that what happens only once is not measured.
func (s Setup) open(ctx context.Context) (contestant.Client, error) {
	c, err := s.Contestant.Open(ctx, s.DSN)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.Contestant.Name, err)
	}
	return c, query(ctx, c, workload.Rows(s.Target, 1, s.Size), never)
}

// query runs q to its end and checks that no row was lost.
func query(ctx context.Context, c contestant.Client, q workload.Query, watch *contestant.Watch) error {
	tally, err := c.Run(ctx, q, watch)
	if err != nil {
		return err
	}
	if tally.Rows != q.Rows {
		return fmt.Errorf("%d rows received, want %d", tally.Rows, q.Rows)
	}
	return nil
}
