package inspect

import (
	"cmp"
	_ "embed"
	"html/template"
	"slices"
	"time"

	"github.com/docker/go-units"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// maxShown bounds the streams of the page. The JSON form has all.
const maxShown = 200

// page is what the template shows.
type page struct {
	Now         time.Time
	Total       int
	Hidden      int
	Columns     []column
	Streams     []streamRow
	Pools       []poolReport
	AllowCancel bool
}

// column is a column of the streams that the page can be sorted by.
type column struct {
	Key, Title string
	Number     bool
	Sorted     bool
	less       func(a, b streamReport) int
}

// columns are sorted with the largest in front, texts from a to z.
var columns = []column{
	{Key: "entity", Title: "Entity", less: func(a, b streamReport) int { return cmp.Compare(a.Entity, b.Entity) }},
	{Key: "pid", Title: "PID", Number: true, less: func(a, b streamReport) int { return cmp.Compare(a.PID, b.PID) }},
	{Key: "state", Title: "State", less: func(a, b streamReport) int { return cmp.Compare(a.State, b.State) }},
	{Key: "waits", Title: "Waits for", less: func(a, b streamReport) int { return cmp.Compare(a.WaitsFor, b.WaitsFor) }},
	{Key: "age", Title: "Age", Number: true, less: func(a, b streamReport) int { return cmp.Compare(b.AgeSeconds, a.AgeSeconds) }},
	{Key: "rows", Title: "Rows", Number: true, less: func(a, b streamReport) int { return cmp.Compare(b.Rows, a.Rows) }},
	{Key: "rate", Title: "Rows/s", Number: true, less: func(a, b streamReport) int { return cmp.Compare(b.RowsPerSecond, a.RowsPerSecond) }},
	{Key: "bytes", Title: "Size", Number: true, less: func(a, b streamReport) int { return cmp.Compare(b.Bytes, a.Bytes) }},
	{Key: "buffered", Title: "Buffered", Number: true, less: func(a, b streamReport) int { return cmp.Compare(b.Buffered, a.Buffered) }},
	{Key: "memory", Title: "Memory", Number: true, less: func(a, b streamReport) int { return cmp.Compare(b.BufferedBytes, a.BufferedBytes) }},
	{Key: "ahead", Title: "Read-ahead", less: func(a, b streamReport) int { return cmp.Compare(boolean(b.ReadAhead), boolean(a.ReadAhead)) }},
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// streamRow is a stream as a person reads it.
type streamRow struct {
	streamReport
	Age, PausedFor     string
	Size, BufferedSize string
}

// page gathers what is shown, sorted by the column of that key, or by age.
func (h *handler) page(sortBy string) page {
	report := h.report()
	p := page{Now: time.Now(), Total: len(report.Streams), Pools: report.Pools, AllowCancel: h.allowCancel}
	p.Columns = slices.Clone(columns)
	sorted := slices.IndexFunc(columns, func(c column) bool { return c.Key == sortBy })
	if sorted < 0 {
		sorted = slices.IndexFunc(columns, func(c column) bool { return c.Key == "age" })
	}
	p.Columns[sorted].Sorted = true
	slices.SortStableFunc(report.Streams, columns[sorted].less)
	shown := report.Streams[:min(len(report.Streams), maxShown)]
	p.Hidden = len(report.Streams) - len(shown)
	for _, s := range shown {
		p.Streams = append(p.Streams, streamRow{
			streamReport: s,
			Age:          seconds(s.AgeSeconds),
			PausedFor:    pausedFor(s),
			Size:         units.BytesSize(float64(s.Bytes)),
			BufferedSize: units.BytesSize(float64(s.BufferedBytes)),
		})
	}
	return p
}

func pausedFor(s streamReport) string {
	if s.State != stream.Paused.String() {
		return ""
	}
	return seconds(s.PausedSeconds)
}

// seconds is a duration to the tenth of a second.
func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond).String()
}
