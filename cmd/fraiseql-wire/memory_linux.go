package main

import "syscall"

// peakMemory is the largest resident size of this process so far, in bytes (getrusage(2), ru_maxrss is in KiB).
func peakMemory() (int64, bool) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0, false
	}
	return int64(use.Maxrss) << 10, true
}
