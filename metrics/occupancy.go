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

// Occupancy is observed before each poll for a row, which is far too often for a histogram with a lock. So each
// consumer tallies into its own Depths, whole runs at a time, and hands over the sums now and then. vm's histograms
// take one observation per call, so this one histogram is implemented here, in the same format.

// Depths tallies how many rows polls found in the ring. The zero value is empty. It is for one goroutine at a time.
//
// A consumer that takes rows from a ring to which none are added finds first, first-1, ..., last rows in it. In such a
// run,
//
//	min(first, b) - min(last-1, b)
//
// polls found 1 to b rows. So it is enough to add up both ends by the bucket they fall into: the cost of a run does not
// depend on its length.
type Depths struct {
	empty       uint64 // polls that found nothing
	first, rest ends   // of the runs: first, and last-1
	sum         uint64 // rows found, added up over all polls
	runs        int
}

// ends adds up one end of many runs, by bucket.
type ends struct{ count, sum [depthBuckets]uint64 }

// depthBuckets counts the buckets of rowBounds and the one above them.
const depthBuckets = 19

// bucketOf returns the index of the first of rowBounds that is at least depth, or len(rowBounds).
func bucketOf(depth uint64) int {
	if depth == 0 {
		return 0
	}
	return min(bits.Len64(depth-1)+1, depthBuckets-1)
}

func (e *ends) add(depth uint64) {
	i := bucketOf(depth)
	e.count[i]++
	e.sum[i] += depth
}

// Empty tallies one poll that found nothing.
func (d *Depths) Empty() { d.empty++; d.runs++ }

// Run tallies first-last+1 polls that found first, first-1, ..., last rows. REQUIRES: first >= last > 0.
func (d *Depths) Run(first, last uint64) {
	d.runs++
	d.first.add(first)
	if last > 1 { // an end at 0 adds nothing
		d.rest.add(last - 1)
	}
	d.sum += first*(first+1)/2 - last*(last-1)/2
}

// Runs returns the number of runs and empty polls since the last Occupancy.
func (d *Depths) Runs() int { return d.runs }

// upTo returns the sum of min(end, bound) over all runs. below is the sum of the ends up to the bound, above the number
// of ends beyond it.
func upTo(bound, below, above uint64) uint64 { return below + above*bound }

// cumulative returns the numbers of polls that found at most each of rowBounds rows, and last the number of all polls.
func (d *Depths) cumulative() [depthBuckets]uint64 {
	var counts [depthBuckets]uint64
	var runs, rests, firstSum, restSum uint64
	for i := range depthBuckets {
		runs += d.first.count[i]
		rests += d.rest.count[i]
	}
	for i := range depthBuckets {
		runs -= d.first.count[i]
		rests -= d.rest.count[i]
		firstSum += d.first.sum[i]
		restSum += d.rest.sum[i]
		bound := uint64(0) // for the last bucket, beyond which there are no ends
		if i < len(rowBounds) {
			bound = uint64(rowBounds[i])
		}
		counts[i] = d.empty + upTo(bound, firstSum, runs) - upTo(bound, restSum, rests)
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
