package conn_test

import (
	"bytes"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// checkWire looks at what has reached the server.
func (e *encounter) checkWire() {
	if f := e.m.Forbidden; f != "" {
		if bytes.Contains(e.srv.Received(), []byte(f)) || bytes.Contains(e.srv.Wire(), []byte(f)) {
			e.t.Errorf("%q has reached the wire", f)
		}
	}
	if n := len(e.srv.Cancels()); n > e.m.Cancels {
		e.t.Errorf("%d CancelRequests, want at most %d", n, e.m.Cancels)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.notices {
		e.checkText(n)
	}
}

// checkLeftovers wants all connections closed.
func (e *encounter) checkLeftovers() {
	if err := e.srv.AwaitClients(hopeless); err != nil {
		e.t.Errorf("left behind: %v", err)
	}
}

// checkGoroutines wants all gone that encounters have started. It is called once, when all are over: each goroutine
// has the name of its encounter.
func checkGoroutines(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(hopeless)
	for left := goroutines(""); left != ""; left = goroutines("") {
		if time.Now().After(deadline) {
			t.Errorf("goroutines left behind:\n%s", left)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// goroutines are the stacks of those that encounters whose names begin so have started, directly or not.
func goroutines(name string) string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return err.Error()
	}
	var own []string
	label := `"encounter":"` + name
	for _, stack := range strings.Split(all.String(), "\n\n") {
		if strings.Contains(stack, label) {
			own = append(own, stack)
		}
	}
	return strings.Join(own, "\n\n")
}
