package metrics

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
)

// set has all metrics except the occupancy histograms, which are written after it.
var set = newSet()

// scrapes counts the times that the metrics were written.
var scrapes atomic.Uint64

func newSet() *vm.Set {
	s := vm.NewSet()
	s.RegisterMetricsWriter(func(w io.Writer) {
		writeOccupancies(w)
		scrapes.Add(1)
	})
	return s
}

// Register makes the library's metrics part of the process's global page, which
// github.com/VictoriaMetrics/metrics.WritePrometheus writes. Registering again has no effect. Counts from before the
// call are included.
func Register() { vm.RegisterSet(set) }

// Unregister removes the metrics from the global page. They continue to count; Register adds them again. Without a
// Register before it has no effect.
func Unregister() { vm.UnregisterSet(set, false) }

// WritePrometheus writes the library's metrics to w in the Prometheus text format. It works without Register. An error
// of w is not reported: the rest of the page is missing.
func WritePrometheus(w io.Writer) { set.WritePrometheus(w) }

// Handler answers every request with the library's metrics, for a program that has no other page for them.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var page bytes.Buffer
		WritePrometheus(&page)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = page.WriteTo(w) // the peer is gone, so the error can be reported to nobody
	})
}

// Scrapes returns how many times the metrics have been written. Code that keeps its own tally can tell by a change that
// it is time to report it.
func Scrapes() uint64 { return scrapes.Load() }

// ms returns a duration in milliseconds, the unit of the metrics.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
