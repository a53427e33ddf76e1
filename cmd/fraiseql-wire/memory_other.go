//go:build !linux

package main

// peakMemory is not known here: the unit of ru_maxrss differs from system to system.
func peakMemory() (int64, bool) { return 0, false }
