package main

import "testing"

func TestPeakMemory(t *testing.T) {
	t.Parallel()
	if peak, ok := peakMemory(); !ok || peak < 1<<20 || peak > 1<<32 {
		t.Errorf("%d bytes, %v", peak, ok)
	}
}
