package report

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"
)

// columns are all figures in the order of the tables.
var columns = []measure.Figure{
	measure.CPUPerRow, measure.WallPerRow, measure.AllocsPerRow, measure.BytesPerRow,
	measure.P50, measure.P99, measure.NextAnswer, measure.CPUPerQuery, measure.AllocsPerQuery,
	measure.HeapPerStream, measure.RSSPerStream, measure.PeakRSS,
}

// Table returns a row of headings and a row for every contestant: the ratio, then the medians of all measured figures.
func (e *Event) Table() [][]string {
	figures := slices.DeleteFunc(slices.Clone(columns), func(f measure.Figure) bool {
		return !slices.ContainsFunc(e.Entries, func(entry *Entry) bool { return len(entry.values(f)) > 0 })
	})
	head := []string{"contestant", "ratio", "min", "max"}
	for _, f := range figures {
		head = append(head, title(f))
	}
	table := [][]string{head}
	for _, entry := range e.Entries {
		table = append(table, e.line(entry, figures))
	}
	return table
}

func (e *Event) line(entry *Entry, figures []measure.Figure) []string {
	line := []string{entry.Name, "-", "-", "-"}
	if r, ok := e.Ratio(entry); ok {
		line = []string{entry.Name, short(r.Median), short(r.Min), short(r.Max)}
	}
	for _, f := range figures {
		cell := "-"
		if s, ok := spreadOf(entry.values(f)); ok {
			cell = format(f, s.Median)
		}
		line = append(line, cell)
	}
	return line
}

// ratioOf describes the ratio in the table.
func (e *Event) ratioOf() string {
	return fmt.Sprintf("ratio: %s, to %s, inside each round; median, min and max of the rounds", title(e.Main), e.Base)
}

// text formats a table with spaces.
func text(table [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, line := range table {
		fmt.Fprintln(w, strings.Join(line, "\t"))
	}
	_ = w.Flush() // a strings.Builder does not fail
	return b.String()
}

// markdown formats a table in Markdown, with right-aligned numbers.
func markdown(table [][]string) string {
	var b strings.Builder
	for i, line := range table {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(line, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "| --- |%s\n", strings.Repeat(" ---: |", len(line)-1))
		}
	}
	return b.String()
}
