package bench

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/inspect"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// BenchmarkInspected measures what the inspector costs the streams that it shows: the processor time per row, of the
// reading thread only, while the JSON of a thousand streams and this one is requested ten or a hundred times a second,
// as by 20 or 200 open pages, compared with the same without requests. It reports the median of the ratios of
// interleaved rounds.
func BenchmarkInspected(b *testing.B) {
	gather(b)
	page := inspect.Handler(nil)
	for name, rest := range map[string]time.Duration{"10ms": 10 * time.Millisecond, "100ms": 100 * time.Millisecond} {
		b.Run("streams=1000/rest="+name, func(b *testing.B) {
			c := connect(b, serve(b, served.Unix))
			quiet := func() time.Duration {
				return threadTime(b, func() {
					read(b, c, synthetic(3_000_000, 120), nil, stream.WithReadAhead(stream.ReadAheadNever))
				})
			}
			watched := func() time.Duration {
				ctx, stop := context.WithCancel(b.Context())
				var asking sync.WaitGroup
				asking.Go(func() {
					for ctx.Err() == nil {
						if status := inspectOnce(ctx, page, "application/json"); status != http.StatusOK {
							b.Error(status)
						}
						time.Sleep(rest)
					}
				})
				defer asking.Wait()
				defer stop()
				return quiet()
			}
			quiet()
			var ratios []float64
			for n := 0; b.Loop(); n++ {
				both := []func() time.Duration{watched, quiet}
				var took [2]time.Duration
				for i := range both {
					i = (i + n) % 2 // each comes first equally often
					took[i] = both[i]()
				}
				ratios = append(ratios, float64(took[0])/float64(took[1]))
			}
			slices.Sort(ratios)
			b.ReportMetric(rounds.Quantile(ratios, 0.5), "watched/quiet")
			b.ReportMetric(rounds.Quantile(ratios, 0.25), "q25")
			b.ReportMetric(rounds.Quantile(ratios, 0.75), "q75")
		})
	}
}

// threadTime returns the processor time that work takes on its own thread.
func threadTime(b *testing.B, work func()) time.Duration {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	work()
	return used() - before
}
