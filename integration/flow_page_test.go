package integration_test

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// page is what the metrics page says, by series. A series that is not there is zero.
type page map[string]float64

// readPage reads the lines of the page that hold a text, such as an entity's label.
func readPage(t testing.TB, text string) page {
	t.Helper()
	var all bytes.Buffer
	wiremetrics.WritePrometheus(&all)
	p := page{}
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

// entityPage is the page's part about one entity.
func entityPage(t testing.TB, entity string) page {
	t.Helper()
	return readPage(t, `entity="`+entity+`"`)
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

// get is a series' value. pairs are names and values of its labels without the entity.
func (p page) get(name string, pairs ...string) float64 {
	var labels []string
	for i := 0; i < len(pairs); i += 2 {
		labels = append(labels, pairs[i]+`="`+pairs[i+1]+`"`)
	}
	return p[seriesOf(name, labels)]
}

// mean is a histogram's. Of a page, or of the difference of two.
func (p page) mean(name string, pairs ...string) float64 {
	return p.get(name+"_sum", pairs...) / p.get(name+"_count", pairs...)
}

// upTo is how many observations of a histogram were at most bound, one of its buckets'.
func (p page) upTo(name string, bound float64, pairs ...string) float64 {
	le := "+Inf"
	if !math.IsInf(bound, 1) {
		le = strconv.FormatFloat(bound, 'g', -1, 64)
	}
	return p.get(name+"_bucket", append(pairs, "le", le)...)
}

// since is what has been counted after an earlier page.
func (p page) since(earlier page) page {
	d := page{}
	for series, value := range p {
		d[series] = value - earlier[series]
	}
	return d
}

// want is a series and the value it must have.
type want struct {
	series string // as get's arguments, with spaces: "name label value"
	value  float64
}

// check compares series with what they must be.
func (p page) check(t testing.TB, wants ...want) {
	t.Helper()
	for _, w := range wants {
		words := strings.Fields(w.series)
		if got := p.get(words[0], words[1:]...); got != w.value {
			t.Errorf("%s is %v, want %v", w.series, got, w.value)
		}
	}
}
