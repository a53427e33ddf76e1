package testbed

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Page has the values on the metrics page, by series. A series that is missing is zero.
type Page map[string]float64

// ReadPage reads the lines of the page that contain text, such as an entity's label.
func ReadPage(t testing.TB, text string) Page {
	t.Helper()
	var all bytes.Buffer
	wiremetrics.WritePrometheus(&all)
	p := Page{}
	for line := range strings.Lines(all.String()) {
		if line = strings.TrimSpace(line); !strings.Contains(line, text) || strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		name, labels, _ := strings.Cut(line[:at], "{")
		p[seriesOf(name, splitLabels(strings.TrimSuffix(labels, "}")))] = value
	}
	return p
}

// EntityPage reads the lines about one entity.
func EntityPage(t testing.TB, entity string) Page {
	t.Helper()
	return ReadPage(t, `entity="`+entity+`"`)
}

// splitLabels splits labels, whose values must not contain commas.
func splitLabels(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// seriesOf returns the name of a series, independent of the order of its labels and without its entity.
func seriesOf(name string, labels []string) string {
	labels = slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return strings.HasPrefix(l, "entity=") })
	slices.Sort(labels)
	return name + "{" + strings.Join(labels, ",") + "}"
}

// Get returns a series' value. pairs are names and values of its labels, without the entity.
func (p Page) Get(name string, pairs ...string) float64 {
	var labels []string
	for i := 0; i < len(pairs); i += 2 {
		labels = append(labels, pairs[i]+`="`+pairs[i+1]+`"`)
	}
	return p[seriesOf(name, labels)]
}

// Mean returns the mean of a histogram, on one page or between two (see Since).
func (p Page) Mean(name string, pairs ...string) float64 {
	return p.Get(name+"_sum", pairs...) / p.Get(name+"_count", pairs...)
}

// UpTo returns how many observations of a histogram were at most bound, which must be the bound of a bucket.
func (p Page) UpTo(name string, bound float64, pairs ...string) float64 {
	le := "+Inf"
	if !math.IsInf(bound, 1) {
		le = strconv.FormatFloat(bound, 'g', -1, 64)
	}
	return p.Get(name+"_bucket", append(pairs, "le", le)...)
}

// Since returns what has been counted since an earlier page.
func (p Page) Since(earlier Page) Page {
	d := Page{}
	for series, value := range p {
		d[series] = value - earlier[series]
	}
	return d
}

// Wants maps series to the values they must have. A key is the arguments of Get, separated by spaces: "name label
// value".
type Wants map[string]float64

// Check compares series with the values they must have.
func (p Page) Check(t testing.TB, wants Wants) {
	t.Helper()
	for series, want := range wants {
		words := strings.Fields(series)
		if got := p.Get(words[0], words[1:]...); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
}

// entities numbers the labels, so that the counts of a test that runs again start from zero.
var entities atomic.Int64

// UniqueEntity returns a label for one test's metrics.
func UniqueEntity(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("%s#%d", strings.NewReplacer(" ", "_", ",", "").Replace(t.Name()), entities.Add(1))
}
