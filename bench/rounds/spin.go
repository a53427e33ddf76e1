package rounds

import "time"

// sink prevents the compiler from removing Spin's loop.
var sink uint64

// Spin computes for a number of steps: work that does not sleep, and takes the same processor time each time.
func Spin(steps int) {
	x := sink | 1
	for range steps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	sink = x
}

// StepsFor returns how many steps take about d on this machine, by the best of several tries.
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
