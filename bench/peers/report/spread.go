package report

import "slices"

// Spread is the median, the minimum and the maximum of some values.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// spreadOf may reorder values; ok is false if there are none.
func spreadOf(values []float64) (s Spread, ok bool) {
	if len(values) == 0 {
		return Spread{}, false
	}
	slices.Sort(values)
	middle := len(values) / 2
	s = Spread{Median: values[middle], Min: values[0], Max: values[len(values)-1]}
	if len(values)%2 == 0 {
		s.Median = (values[middle-1] + values[middle]) / 2
	}
	return s, true
}
