package rounds

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{nil, 0.5, 0},
		{[]float64{3}, 0.99, 3},
		{[]float64{3, 1, 2}, 0.5, 2},
		{[]float64{4, 1, 2, 3}, 0.5, 2.5},
		{[]float64{4, 1, 2, 3}, 1, 4},
		{[]float64{4, 1, 2, 3}, 0, 1},
	} {
		if got := Quantile(tt.values, tt.q); got != tt.want {
			t.Errorf("Quantile(%v, %v) = %v, want %v", tt.values, tt.q, got, tt.want)
		}
	}
}

func TestRunTurnsTheOrder(t *testing.T) {
	t.Parallel()
	order := ""
	side := func(name string) Side {
		return Side{name, func() error { order += name; return nil }}
	}
	samples, err := Run(3, side("a"), side("b"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "abbaabba"; order != want {
		t.Errorf("order %q, want %q", order, want)
	}
	if len(samples) != 2 || len(samples[0]) != 3 || len(samples[1]) != 3 {
		t.Errorf("samples %v, want 3 of each side", samples)
	}
}

func TestRatioIsTakenInsideARound(t *testing.T) {
	t.Parallel()
	a := []Sample{{Wall: 2 * time.Second}, {Wall: 20 * time.Second}, {Wall: 6 * time.Second}}
	b := []Sample{{Wall: time.Second}, {Wall: 10 * time.Second}, {Wall: 2 * time.Second}}
	if got := Ratio(a, b, Wall, 0.5); got != 2 {
		t.Errorf("ratio %v, want 2", got)
	}
	if got := Median(a, Wall); got != 6*time.Second {
		t.Errorf("median %v, want 6s", got)
	}
}
