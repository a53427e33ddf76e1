package measure

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, test := range []struct {
		name   string
		sorted []time.Duration
		share  float64
		want   time.Duration
	}{
		{"one value", []time.Duration{7}, 0.99, 7},
		{"median of three", []time.Duration{1, 2, 9}, 0.5, 2},
		{"p99 of a hundred", hundred, 0.99, 100},
		{"all", hundred, 1, 100},
	} {
		if got := quantile(test.sorted, test.share); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
