package report

import "github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"

// Event is one workload and all who took part.
type Event struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Main    measure.Figure `json:"main"` // what the ratios are of
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

// values are a figure's values over the rounds in which it was measured.
func (e *Entry) values(f measure.Figure) []float64 {
	var list []float64
	for _, round := range e.Rounds {
		if v, ok := round[f]; ok {
			list = append(list, v)
		}
	}
	return list
}

// base is the entry the ratios are taken to, or nil.
func (e *Event) base() *Entry {
	for _, entry := range e.Entries {
		if entry.Name == e.Base {
			return entry
		}
	}
	return nil
}

// Ratio is entry's main figure in units of the base's.
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
