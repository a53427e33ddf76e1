package measure

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/contestant"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// heldAt is the row at which a stream is held while memory is measured.
const heldAt = 100

// streams opens Repeat streams, holds all of them in the middle of their results, measures the memory in use, and reads
// them to their ends.
func streams(ctx context.Context, s Setup) (Figures, error) {
	runtime.GC()
	heapBefore, rssBefore := heldNow(), memory("VmRSS")
	reached, release := make(chan struct{}, s.Repeat), make(chan struct{})
	failed := make(chan error, s.Repeat)
	var all sync.WaitGroup
	for range s.Repeat {
		all.Go(func() { failed <- s.hold(ctx, reached, release) })
	}
	for range s.Repeat {
		select {
		case <-reached:
		case err := <-failed:
			return nil, fmt.Errorf("before all streams were open: %w", err)
		}
	}
	runtime.GC()
	n := float64(s.Repeat)
	figures := Figures{HeapPerStream: (heldNow() - heapBefore) / n, RSSPerStream: (memory("VmRSS") - rssBefore) / n}
	close(release)
	all.Wait()
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	figures[PeakRSS] = memory("VmHWM")
	return figures, errors.Join(errs...)
}

// hold runs one stream, on its own connection, that waits in the middle of its result.
func (s Setup) hold(ctx context.Context, reached chan<- struct{}, release <-chan struct{}) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // the measurement is complete
	return query(ctx, c, workload.Rows(s.Target, s.Rows, s.Size), &contestant.Watch{Row: heldAt, Reached: func() bool {
		reached <- struct{}{}
		<-release
		return false
	}})
}

// heldNow returns the memory in use by heap and stacks, in bytes.
func heldNow() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}
