package stream

import (
	"testing"
	"time"
)

// The consumer's work is what counts, not the reads.
func TestIdle(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	tests := []struct {
		name             string
		work, read, used time.Duration
		waited           bool
		want             bool
	}{
		{"naps", 90 * ms, 10 * ms, 11 * ms, false, true},
		{"computes", 90 * ms, 10 * ms, 99 * ms, false, false},
		{"computes, the reads wait", 50 * ms, 50 * ms, 52 * ms, true, false},
		{"naps, the reads wait", 50 * ms, 50 * ms, 3 * ms, true, true},
		{"naps, the reads do not wait", 50 * ms, 50 * ms, 51 * ms, false, true},
		{"computes most of the time", 90 * ms, 10 * ms, 70 * ms, false, false},
		{"naps most of the time", 90 * ms, 10 * ms, 40 * ms, false, true},
		{"too short to tell", 1 * ms, 0, 0, false, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var used time.Duration
			i := newIdle(func() time.Duration { return 7*time.Second + used })
			i.add(time.Second, time.Second, false)
			if i.naps(moment(time.Second)) {
				t.Error("the first look has nothing to compare with")
			}
			used = tc.used
			i.add(tc.work, tc.read, tc.waited)
			if got := i.naps(moment(time.Second + tc.work + tc.read)); got != tc.want {
				t.Errorf("naps: %v", got)
			}
		})
	}
}
