package metrics

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
)

// set has everything but the occupancy histograms, which are written behind it.
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
// github.com/VictoriaMetrics/metrics.WritePrometheus writes. Registering twice is nothing. What was counted before is
// there too.
func Register() { vm.RegisterSet(set) }

// Unregister takes the metrics off the global page. They go on counting; Register brings them back. Without a Register
// before it is nothing.
func Unregister() { vm.UnregisterSet(set, false) }

// WritePrometheus writes the library's metrics to w in the Prometheus text format. It works without Register. An error
// of w is not reported: what follows it is missing.
func WritePrometheus(w io.Writer) { set.WritePrometheus(w) }

// Handler answers every request with the library's metrics: a page of their own for a program that has no other.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var page bytes.Buffer
		WritePrometheus(&page)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = page.WriteTo(w) // the peer went away: nobody is left to tell
	})
}

// Scrapes is the number of times that the metrics were written so far. Who tallies on its own may see by it that somebody has looked since, and
// report.
func Scrapes() uint64 { return scrapes.Load() }

// ms is a duration as the metrics show it.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
