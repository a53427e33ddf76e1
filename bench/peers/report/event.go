package report

import "github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"

// Event is one workload with the results of all contestants.
type Event struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Main    measure.Figure `json:"main"` // the figure of the ratios
	Base    string         `json:"base"` // the contestant that the ratios are relative to
	Entries []*Entry       `json:"entries"`
}

// Entry is one contestant in an event: a sample for every round, nil where the run failed.
type Entry struct {
	Name    string            `json:"name"`
	About   string            `json:"about"`
	Rounds  []measure.Figures `json:"rounds"`
	Failure string            `json:"failure,omitempty"` // the last one
}

// values returns a figure's values for the rounds in which it was measured.
func (e *Entry) values(f measure.Figure) []float64 {
	var list []float64
	for _, round := range e.Rounds {
		if v, ok := round[f]; ok {
			list = append(list, v)
		}
	}
	return list
}

// base returns the entry to which the ratios are relative, or nil.
func (e *Event) base() *Entry {
	for _, entry := range e.Entries {
		if entry.Name == e.Base {
			return entry
		}
	}
	return nil
}

// Ratio returns entry's main figure relative to that of the base.
func (e *Event) Ratio(entry *Entry) (Spread, bool) {
	base := e.base()
	if base == nil {
		return Spread{}, false
	}
	var ratios []float64
	for i := range min(len(entry.Rounds), len(base.Rounds)) {
		own, ok := entry.Rounds[i][e.Main]
		other, baseOK := base.Rounds[i][e.Main]
		if ok && baseOK && other > 0 {
			ratios = append(ratios, own/other)
		}
	}
	return spreadOf(ratios)
}
