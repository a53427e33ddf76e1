package conn_test

import (
	"bytes"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// checkWire checks what has reached the server.
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

// checkLeftovers checks that all connections are closed.
func (e *encounter) checkLeftovers() {
	if err := e.srv.AwaitClients(hopeless); err != nil {
		e.t.Errorf("left behind: %v", err)
	}
}

// checkGoroutines checks that all goroutines started by encounters have ended. It is called once, when all encounters
// are over: each goroutine is labelled with the name of its encounter.
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

// goroutines returns the stacks of the goroutines that were started, directly or indirectly, by encounters whose
// names begin with name.
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
