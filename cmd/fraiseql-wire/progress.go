package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	units "github.com/docker/go-units"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// showProgress decides whether progress is drawn on w. when is the value of --progress.
func showProgress(when string, w io.Writer) (bool, error) {
	auto := func() bool {
		f, ok := w.(*os.File)
		return ok && term.IsTerminal(int(f.Fd()))
	}
	decide, err := choice("progress", when, map[string]func() bool{
		"auto": auto, "always": func() bool { return true }, "never": func() bool { return false }})
	if err != nil {
		return false, err
	}
	return decide(), nil
}

// refresh is the interval at which the statistics are read.
const refresh = 100 * time.Millisecond

// watch reads the statistics of the running streams, draws their progress, and prints a summary at the end.
type watch struct {
	stats     func() stream.Stats
	started   time.Time
	firstRow  time.Duration // 0 if there was no row
	finished  time.Duration
	occupancy int       // the largest number of buffered rows that was seen
	out       io.Writer // the bar is drawn here
	bar       *progressbar.ProgressBar
	quit      chan struct{}
	done      sync.WaitGroup
}

// startWatch starts watching one or more streams, whose statistics stats returns. total is the number of rows that are
// expected, or -1 if it is unknown.
func startWatch(stats func() stream.Stats, started time.Time, total int64, show bool, w io.Writer) *watch {
	k := &watch{stats: stats, started: started, out: w, quit: make(chan struct{})}
	if show {
		k.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetWidth(20),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionSpinnerType(14),
			progressbar.OptionFullWidth(),
		)
	}
	k.done.Go(k.loop)
	return k
}

func (k *watch) loop() {
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	for {
		select {
		case <-k.quit:
			return
		case <-tick.C:
			k.look()
		}
	}
}

func (k *watch) look() {
	st := k.stats()
	k.occupancy = max(k.occupancy, st.ItemsBuffered)
	if k.bar == nil {
		return
	}
	k.bar.Describe(fmt.Sprintf("%s, %d buffered", line(st, time.Since(k.started)), st.ItemsBuffered))
	_ = k.bar.Set64(int64(st.TotalRowsYielded)) // a failure to draw does not matter to the query
}

// stop ends the watch, and the line of the progress bar. first is the time of the first row, zero if there was none.
func (k *watch) stop(first time.Time) {
	k.finished = time.Since(k.started)
	if !first.IsZero() {
		k.firstRow = first.Sub(k.started)
	}
	close(k.quit)
	k.done.Wait()
	if k.bar != nil {
		k.look()
		_ = k.bar.Exit()
		fmt.Fprintln(k.out)
	}
}

// line returns the number of rows, the volume, and the rates of both.
func line(st stream.Stats, took time.Duration) string {
	seconds := max(took.Seconds(), 1e-6)
	return fmt.Sprintf("%d rows, %s, %.0f rows/s, %s/s", st.TotalRowsYielded, units.HumanSize(float64(st.TotalBytes)),
		float64(st.TotalRowsYielded)/seconds, units.HumanSize(float64(st.TotalBytes)/seconds))
}

// print writes the summary to w, one figure per line.
func (k *watch) print(w io.Writer) {
	st := k.stats()
	figure := func(name, format string, value any) { fmt.Fprintf(w, "%-20s"+format+"\n", name, value) }
	figure("rows", "%d", st.TotalRowsYielded)
	figure("bytes", "%d", st.TotalBytes)
	figure("elapsed", "%v", k.finished.Round(time.Microsecond))
	figure("rates", "%s", line(st, k.finished))
	if k.firstRow > 0 {
		figure("time to first row", "%v", k.firstRow.Round(time.Microsecond))
	}
	figure("most rows buffered", "%d, sampled ten times a second", k.occupancy)
	if rss, ok := peakMemory(); ok {
		figure("peak memory", "%s", units.BytesSize(float64(rss)))
	}
	figure("state", "%v", st.State)
}
