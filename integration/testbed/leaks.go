package testbed

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// Stock counts what must not leak: goroutines of the library, open files and sockets, and connections by the library's
// own count. It is for tests that run alone.
type Stock struct {
	goroutines  int
	descriptors int // 0 if they cannot be counted
	connections float64
}

// TakeStock returns the current counts. The servers are found before, because finding them leaves descriptors open.
func TakeStock(t testing.TB) Stock {
	t.Helper()
	Servers(t)
	open, _ := os.ReadDir("/dev/fd") // exists only on Unix
	return Stock{
		goroutines: len(LibraryGoroutines()), descriptors: len(open),
		connections: ReadPage(t, "fraiseql_active_connections").Get("fraiseql_active_connections"),
	}
}

// CheckNothingLeft waits until no count is higher than before.
func (before Stock) CheckNothingLeft(t testing.TB) {
	t.Helper()
	var now Stock
	defer func() {
		if now.goroutines > before.goroutines {
			t.Logf("goroutines of the library:\n%s", strings.Join(LibraryGoroutines(), "\n\n"))
		}
	}()
	Eventually(t, "nothing left over", func() bool {
		now = TakeStock(t)
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors &&
			now.connections <= before.connections
	})
}

// WaitNoGoroutines waits until every goroutine of the library has ended, including those of earlier tests.
func WaitNoGoroutines(t testing.TB) {
	t.Helper()
	Eventually(t, "no goroutine of the library", func() bool { return len(LibraryGoroutines()) == 0 })
}

// LibraryGoroutines returns the stacks of the goroutines that run code of the library.
func LibraryGoroutines() []string {
	const module = "github.com/fraiseql/fraiseql-wire-go"
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		for _, pkg := range []string{"/conn.", "/stream.", "/protocol.", "/internal/link.", "/pool."} {
			if strings.Contains(stack, module+pkg) {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}

// Heap returns the number of bytes that live objects occupy on the heap.
func Heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // collects what the first one has only queued for finalizers
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// CheckHeap fails if live objects occupy more memory than before, allowing for what the runtime and the metrics may
// need. It is for tests that run alone.
func CheckHeap(t testing.TB, before uint64) {
	t.Helper()
	const slack = 8 << 20
	if now := Heap(); now > before+slack {
		t.Errorf("live objects occupy %d bytes, before %d", now, before)
	}
}
