package measure

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is what this process, and the programs that it has started, have used.
type usage struct {
	wall    time.Duration // since the process began to measure
	cpu     time.Duration
	mallocs uint64
	bytes   uint64
}

var began = time.Now()

// usageNow stops the world for a moment: call it outside of the timed section.
func usageNow() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	cpu := cpuTime(syscall.RUSAGE_SELF) + cpuTime(syscall.RUSAGE_CHILDREN)
	return usage{time.Since(began), cpu, m.Mallocs, m.TotalAlloc}
}

// since returns what was used after start.
func (u usage) since(start usage) usage {
	return usage{u.wall - start.wall, u.cpu - start.cpu, u.mallocs - start.mallocs, u.bytes - start.bytes}
}

func cpuTime(who int) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(who, &r); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// memory returns the value of a line of /proc/self/status in bytes: VmHWM is the peak, VmRSS what is held now. Without
// /proc it returns 0. ru_maxrss would count what the parent held before exec.
func memory(line string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("\n"+line+":"))
	fields := strings.Fields(string(after[:min(len(after), 64)]))
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseFloat(fields[0], 64)
	return kib * 1024
}
