package measure

import (
	"context"
	"runtime"
	"syscall"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// rows reads one long result.
func rows(ctx context.Context, s Setup) (Figures, error) {
	c, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // the measurement is complete
	q := workload.Rows(s.Target, s.Rows, s.Size)
	runtime.GC()
	start := usageNow()
	if err := query(ctx, c, q, never); err != nil {
		return nil, err
	}
	used := usageNow().since(start)
	n := float64(s.Rows)
	figures := Figures{CPUPerRow: float64(used.cpu) / n, WallPerRow: float64(used.wall) / n}
	if cpuTime(syscall.RUSAGE_CHILDREN) == 0 { // the memory of a child process is not known
		figures[AllocsPerRow] = float64(used.mallocs) / n
		figures[BytesPerRow] = float64(used.bytes) / n
		figures[PeakRSS] = memory("VmHWM")
	}
	return figures, nil
}
