package rounds

import (
	"slices"
	"time"
)

// Side is one of the sides of a comparison. Run does its work once.
type Side struct {
	Name string
	Run  func() error
}

// Sample holds the times of one run.
type Sample struct {
	Wall time.Duration
	CPU  time.Duration // user and system time of this process, all threads; 0 if the system does not report it
}

// Rest is how long to sleep after each run, as a multiple of the time that the run took, so that other users of the
// machine can run. Set it before the first Run.
var Rest float64

// Run runs every side once in each of n rounds, after one round that does not count. Samples are indexed by side, then
// by round.
func Run(n int, sides ...Side) ([][]Sample, error) {
	samples := make([][]Sample, len(sides))
	for round := range n + 1 {
		for k := range sides {
			i := (k + round) % len(sides)
			sample, err := one(sides[i])
			if err != nil {
				return nil, err
			}
			time.Sleep(time.Duration(Rest * float64(sample.Wall)))
			if round > 0 {
				samples[i] = append(samples[i], sample)
			}
		}
	}
	return samples, nil
}

func one(s Side) (Sample, error) {
	cpu, began := processTime(), time.Now()
	err := s.Run()
	return Sample{Wall: time.Since(began), CPU: processTime() - cpu}, err
}

// Wall and CPU choose a figure of a sample.
func Wall(s Sample) time.Duration { return s.Wall }

// CPU is the processor time of a sample.
func CPU(s Sample) time.Duration { return s.CPU }

// Median returns the median of one side's samples.
func Median(side []Sample, of func(Sample) time.Duration) time.Duration {
	all := make([]float64, len(side))
	for i, s := range side {
		all[i] = float64(of(s))
	}
	return time.Duration(Quantile(all, 0.5))
}

// Ratio returns the quantile q of the ratios of a to b, each taken within one round.
func Ratio(a, b []Sample, of func(Sample) time.Duration, q float64) float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = float64(of(a[i])) / float64(max(of(b[i]), 1))
	}
	return Quantile(all, q)
}

// Quantile returns the quantile q, from 0 to 1, of values. It sorts values.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	at := q * float64(len(values)-1)
	low := int(at)
	high := min(low+1, len(values)-1)
	return values[low] + (at-float64(low))*(values[high]-values[low])
}
