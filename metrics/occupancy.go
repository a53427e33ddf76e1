package metrics

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync"

	vm "github.com/VictoriaMetrics/metrics"
)

// Occupancy is observed before each poll for a row, which is too often for a histogram with a lock. So each consumer
// tallies into its own Depths, whole runs at a time, and merges the sums from time to time. vm's histograms accept
// one observation per call, so this one histogram is implemented here, in the same format.

// Depths tallies how many rows polls found in the ring. The zero value is empty. It is for one goroutine at a time.
//
// A consumer that takes rows from a ring to which none are added finds first, first-1, ..., last rows in it. Tallying
// such a run takes a step for each bucket that it passes through: at most the logarithm of its length.
type Depths struct {
	polls [depthBuckets]uint64 // by the bucket of the number of rows found
	sum   uint64               // rows found, added up over all polls
	runs  int
}

// depthBuckets is the number of buckets: those of rowBounds and the one above them.
const depthBuckets = 19

// bucketOf returns the index of the first of rowBounds that is at least depth, or len(rowBounds).
func bucketOf(depth uint64) int {
	if depth == 0 {
		return 0
	}
	return min(bits.Len64(depth-1)+1, depthBuckets-1)
}

// Empty tallies one poll that found nothing.
func (d *Depths) Empty() { d.polls[0]++; d.runs++ }

// Run tallies first-last+1 polls that found first, first-1, ..., last rows. REQUIRES: first >= last > 0.
func (d *Depths) Run(first, last uint64) {
	d.runs++
	d.sum += first*(first+1)/2 - last*(last-1)/2
	for i := bucketOf(first); first >= last; i-- {
		below := max(last-1, uint64(rowBounds[i-1])) // polls that found at most this are not of bucket i
		d.polls[i] += first - below
		first = below
	}
}

// Runs returns the number of runs and empty polls since the last Occupancy.
func (d *Depths) Runs() int { return d.runs }

// cumulative returns the numbers of polls that found at most each of rowBounds rows and, as the last element, the
// number of all polls.
func (d *Depths) cumulative() [depthBuckets]uint64 {
	counts := d.polls
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	return counts
}

// occupancy is one entity's histogram.
type occupancy struct {
	mu     sync.Mutex
	counts [depthBuckets]uint64 // cumulative
	sum    uint64
}

// merge adds the tally of d, and empties d.
func (o *occupancy) merge(d *Depths) {
	counts := d.cumulative()
	o.mu.Lock()
	for i, n := range counts {
		o.counts[i] += n
	}
	o.sum += d.sum
	o.mu.Unlock()
	*d = Depths{}
}

// write writes the histogram in the format of vm's PrometheusHistogram.
func (o *occupancy) write(w io.Writer, entity string) {
	o.mu.Lock()
	counts, sum := o.counts, o.sum
	o.mu.Unlock()
	for i, n := range counts {
		bound := "+Inf"
		if i < len(rowBounds) {
			bound = fmt.Sprint(rowBounds[i])
		}
		fmt.Fprintln(w, series(channelOccupancyRows+"_bucket", "entity", entity, "le", bound), n)
	}
	fmt.Fprintln(w, series(channelOccupancyRows+"_sum", "entity", entity), sum)
	fmt.Fprintln(w, series(channelOccupancyRows+"_count", "entity", entity), counts[depthBuckets-1])
}

// writeOccupancies writes the histograms of all entities, in the order of their names.
func writeOccupancies(w io.Writer) {
	var all []*Entity
	for _, e := range entities.handles.Range {
		all = append(all, e.(*Entity))
	}
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, func(a, b *Entity) int { return strings.Compare(a.label, b.label) })
	var text bytes.Buffer // w may be slow, so it gets a single write
	vm.WriteMetadataIfNeeded(&text, channelOccupancyRows, "histogram")
	for _, e := range all {
		e.occupancy.write(&text, e.label)
	}
	_, _ = text.WriteTo(w) // WritePrometheus reports no errors
}
