package measure

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/contestant"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// stopAfter is the row at which a long query is left.
const stopAfter = 100

// stop leaves a long query after a few rows and runs a short one, Repeat times.
func stop(ctx context.Context, s Setup) (Figures, error) {
	c, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // the measurement is complete
	long, short := workload.Rows(s.Target, s.Rows, s.Size), workload.Tiny(s.Target)
	took := make([]time.Duration, 0, s.Repeat)
	for range s.Repeat {
		var left time.Time
		_, err := c.Run(ctx, long, &contestant.Watch{Row: stopAfter, Reached: func() bool {
			left = time.Now()
			return true
		}})
		if err != nil {
			return nil, fmt.Errorf("leave the long query: %w", err)
		}
		if err := query(ctx, c, short, never); err != nil {
			return nil, fmt.Errorf("the query after the one that was left: %w", err)
		}
		took = append(took, time.Since(left))
	}
	slices.Sort(took)
	return Figures{NextAnswer: float64(quantile(took, 0.50)), PeakRSS: memory("VmHWM")}, nil
}
