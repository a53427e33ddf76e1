package testbed

import (
	"runtime"
	"testing"
	"time"
)

// Eventually waits until holds returns true. It calls holds at growing intervals, because many tests query the same
// servers at the same time. It fails the test after Patience.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	pause := 200 * time.Microsecond
	for end := time.Now().Add(Patience); !holds(); pause = min(2*pause, 10*time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", Patience, what)
		}
		time.Sleep(pause)
	}
}

// Ends runs a call that must not block forever, such as one whose own timeout is far below Patience. If the call has
// not returned after Patience, the test fails with the stacks of all goroutines. How long the call takes does not
// matter otherwise: the machine may be busy.
func Ends(t testing.TB, what string, call func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		call()
	}()
	select {
	case <-done:
	case <-time.After(Patience):
		stacks := make([]byte, 1<<20)
		t.Fatalf("%s hangs:\n%s", what, stacks[:runtime.Stack(stacks, true)])
	}
	if t.Failed() {
		t.FailNow() // the call may have ended at a Fatal
	}
}

// EndsAfter is Ends for a call that waits in vain with the timeout bound: it must not return before that time.
func EndsAfter(t testing.TB, what string, bound time.Duration, call func()) {
	t.Helper()
	began := time.Now()
	Ends(t, what, call)
	if took := time.Since(began); took < bound {
		t.Errorf("%s took %v, want at least %v", what, took, bound)
	}
}
