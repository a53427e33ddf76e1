package measure

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/contestant"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// tiny queries one row, Repeat times on one connection.
func tiny(ctx context.Context, s Setup) (Figures, error) {
	return latency(ctx, s, workload.Tiny(s.Target), 0)
}

// first queries Rows rows, Repeat times, and reads the clock when the first has arrived.
func first(ctx context.Context, s Setup) (Figures, error) {
	return latency(ctx, s, workload.Rows(s.Target, s.Rows, s.Size), 1)
}

// latency times q up to the row given; 0 is the end of the result.
func latency(ctx context.Context, s Setup, q workload.Query, row int64) (Figures, error) {
	c, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // the measurement is complete

	// The first query prepares the statement, if the contestant prepares statements.
	if err := query(ctx, c, q, never); err != nil {
		return nil, err
	}
	var sent time.Time
	took := make([]time.Duration, 0, s.Repeat)
	watch := &contestant.Watch{Row: row, Reached: func() bool {
		took = append(took, time.Since(sent))
		return false
	}}
	runtime.GC()
	start := usageNow()
	for range s.Repeat {
		sent = time.Now()
		if err := query(ctx, c, q, watch); err != nil {
			return nil, err
		}
		if row == 0 {
			took = append(took, time.Since(sent))
		}
	}
	used := usageNow().since(start)
	slices.Sort(took)
	n := float64(s.Repeat)
	return Figures{
		P50:            float64(quantile(took, 0.50)),
		P99:            float64(quantile(took, 0.99)),
		CPUPerQuery:    float64(used.cpu) / n,
		AllocsPerQuery: float64(used.mallocs) / n,
		PeakRSS:        memory("VmHWM"),
	}, nil
}

// quantile returns the value that the given share of the sorted values does not exceed; there must be at least one
// value.
func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
