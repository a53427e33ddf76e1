package rounds

import "time"

// sink keeps the compiler from leaving Spin's loop out.
var sink uint64

// Spin computes for so many steps: work that does not sleep, and takes the same processor time each time.
func Spin(steps int) {
	x := sink | 1
	for range steps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	sink = x
}

// StepsFor is how many steps take about d on this machine: the best of several tries.
func StepsFor(d time.Duration) int {
	const steps = 200_000
	best := time.Hour
	for range 20 {
		began := time.Now()
		Spin(steps)
		best = min(best, time.Since(began))
	}
	return int(float64(steps) * float64(d) / float64(best))
}
