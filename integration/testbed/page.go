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

// Page is what the metrics page says, by series. A series that is not there is zero.
type Page map[string]float64

// ReadPage reads the lines of the page that hold a text, such as an entity's label.
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

// EntityPage is the page's part about one entity.
func EntityPage(t testing.TB, entity string) Page {
	t.Helper()
	return ReadPage(t, `entity="`+entity+`"`)
}

// splitLabels takes labels apart whose values hold no comma.
func splitLabels(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// seriesOf names a series whatever the order of its labels.
func seriesOf(name string, labels []string) string {
	labels = slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return strings.HasPrefix(l, "entity=") })
	slices.Sort(labels)
	return name + "{" + strings.Join(labels, ",") + "}"
}

// Get is a series' value. pairs are names and values of its labels without the entity.
func (p Page) Get(name string, pairs ...string) float64 {
	var labels []string
	for i := 0; i < len(pairs); i += 2 {
		labels = append(labels, pairs[i]+`="`+pairs[i+1]+`"`)
	}
	return p[seriesOf(name, labels)]
}

// Mean is a histogram's. Of a page, or of the difference of two.
func (p Page) Mean(name string, pairs ...string) float64 {
	return p.Get(name+"_sum", pairs...) / p.Get(name+"_count", pairs...)
}

// UpTo is how many observations of a histogram were at most bound, one of its buckets'.
func (p Page) UpTo(name string, bound float64, pairs ...string) float64 {
	le := "+Inf"
	if !math.IsInf(bound, 1) {
		le = strconv.FormatFloat(bound, 'g', -1, 64)
	}
	return p.Get(name+"_bucket", append(pairs, "le", le)...)
}

// Since is what has been counted after an earlier page.
func (p Page) Since(earlier Page) Page {
	d := Page{}
	for series, value := range p {
		d[series] = value - earlier[series]
	}
	return d
}

// Wants is what series must be. A key is Get's arguments, with spaces between: "name label value".
type Wants map[string]float64

// Check compares series with what they must be.
func (p Page) Check(t testing.TB, wants Wants) {
	t.Helper()
	for series, want := range wants {
		words := strings.Fields(series)
		if got := p.Get(words[0], words[1:]...); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
}

// entities numbers the labels, so that a test that is run again counts from zero.
var entities atomic.Int64

// UniqueEntity is a label for one test's metrics.
func UniqueEntity(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("%s#%d", strings.NewReplacer(" ", "_", ",", "").Replace(t.Name()), entities.Add(1))
}
