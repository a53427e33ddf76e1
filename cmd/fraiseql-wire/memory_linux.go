package main

import (
	"os"
	"strings"

	units "github.com/docker/go-units"
)

// peakMemory returns the largest resident size of this process so far, in bytes (VmHWM of proc(5)). The value of
// getrusage(2) would include the process that started this one, up to its call of exec.
func peakMemory() (int64, bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	_, peak, found := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "\n")
	bytes, err := units.RAMInBytes(strings.Join(strings.Fields(peak), ""))
	return bytes, found && err == nil
}
