package conn_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// together is how many rows of the table run at a time: they spend most of their time waiting.
const together = 12

// variant is one way to connect to and query a misbehaving server.
type variant struct {
	name      string
	unix      bool
	readAhead stream.ReadAhead
	args      []any
	simple    bool
	trickling bool // each Read of the client returns one byte
	byContext bool // a stream is left by the end of its context; else by Close
	session   bool // the query has settings
	prepare   bool // it is prepared at its first run
}

var variants = []variant{
	{name: "tcp, pull", readAhead: stream.ReadAheadNever},
	{name: "unix, read-ahead, argument", unix: true, readAhead: stream.ReadAheadAlways, args: []any{"x"}},
	{name: "tcp, read-ahead, simple", readAhead: stream.ReadAheadAlways, simple: true},
	{name: "unix, pull, simple", unix: true, readAhead: stream.ReadAheadNever, simple: true},
	{name: "unix, pull, settings", unix: true, readAhead: stream.ReadAheadNever, session: true},
	{name: "unix, read-ahead, prepared", unix: true, readAhead: stream.ReadAheadAlways, prepare: true, args: []any{"x"}},
	{name: "tcp, pull, byte by byte", readAhead: stream.ReadAheadNever, trickling: true},
	{name: "tcp, read-ahead, left by context", readAhead: stream.ReadAheadAlways, byContext: true},
	{name: "unix, pull, left by context", unix: true, readAhead: stream.ReadAheadNever, byContext: true},
}

// applies reports whether v shows anything with m that another variant does not.
func (v variant) applies(m fakepg.Misbehaviour) bool {
	group, _, _ := strings.Cut(m.Name, "/")
	switch {
	case v.unix && m.Over != fakepg.AnyPlain,
		(v.session || v.prepare) && (m.At == "" || m.At == fakepg.AtConnect),
		(v.session || v.prepare) && elsewhere[group],
		v.session && m.Session,
		v.prepare && m.Prepare,
		v.simple && (m.Extended || m.At == "" || m.At == fakepg.AtConnect),
		v.byContext && !m.Leave,
		v.trickling && (m.Silent || m.Leave || !trickles[group]),
		group == "truncation" && v.simple:
		return false
	}
	return true
}

// elsewhere are the groups that are not run with settings and prepared statements: those whose scripts count the
// bytes or messages of an answer, and those in which it does not matter how the query was sent.
var elsewhere = map[string]bool{
	"truncation": true, "silence": true, "prepared": true, "flood": true, "idle": true, "pieces": true,
}

// trickles are the groups in which it matters how the bytes are split into reads.
var trickles = map[string]bool{
	"lengths": true, "malformed": true, "truncation": true, "wrong state": true, "pieces": true, "stranger": true,
}

// TestHostileServers runs every misbehaviour in every variant that applies. It checks that the error is right and is
// returned in time, no row is delivered after a fault, the connection is closed or usable according to the rules,
// nothing is sent that must not be, and nothing is left behind.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	slots := make(chan struct{}, together)
	var all sync.WaitGroup
	for _, m := range fakepg.Misbehaviours() {
		for _, v := range variants {
			if !v.applies(m) {
				continue
			}
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				t.Run(m.Name+"/"+v.name, func(t *testing.T) { meet(t, m, v) })
			})
		}
	}
	all.Wait()
	checkGoroutines(t)
}

// hungry are the groups in which a server tries to make the client allocate memory.
var hungry = map[string]bool{
	"lengths": true, "lengths above the limit": true, "malformed": true, "startup": true, "stranger": true, "SCRAM": true,
	"result": true, "schema": true, "flood": true,
}

// TestHostileServersMemory runs the misbehaviours of these groups one at a time and measures what is allocated: a
// length that is only claimed costs nothing, and a flood is not kept.
func TestHostileServersMemory(t *testing.T) {
	for _, m := range fakepg.Misbehaviours() {
		if group, _, _ := strings.Cut(m.Name, "/"); !hungry[group] {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			bound := m.Memory
			if bound == 0 {
				bound = fakepg.DefaultMemory
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			meet(t, m, variants[0])
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > bound {
				t.Errorf("%d bytes were allocated, more than %d", used, bound)
			}
		})
	}
}
