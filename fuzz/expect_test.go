package fuzz

import (
	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// expectation is what the model says of a query.
type expectation struct {
	rows     []string
	errors   []werr.Category
	states   []conn.State // of the connection, once all is over
	consumed int          // bytes, if the connection is idle then
}

// expect says what must come of the next query.
func (m *meeting) expect() expectation {
	there, given := m.w.progress()
	before := m.model(m.w.all[m.at:given])
	if broke := before.idle(); broke != "" {
		return expectation{errors: []werr.Category{broke}, states: []conn.State{conn.Closed}}
	}
	if m.w.end == eofAtOnce && given == len(m.w.all) {
		return expectation{errors: []werr.Category{werr.CategoryIO}, states: []conn.State{conn.Closed}}
	}
	from := m.at + before.at
	now, all := m.w.all[from:max(there, m.asked)], m.w.all[from:]

	strict := m.model(now)
	why, broke := strict.answer()
	e := expectation{rows: strict.rows, errors: []werr.Category{strict.failure}, consumed: before.at + strict.at}
	switch {
	case why == complete:
		e.states = []conn.State{conn.Idle}
	case why == broken:
		e.states = []conn.State{conn.Closed}
		if strict.failure == "" {
			e.errors = []werr.Category{broke, werr.CategoryProtocol} // how broken it is may be seen first
		}
	case why == starved && m.w.end != silence:
		e.states = []conn.State{conn.Closed}
		if strict.failure == "" {
			e.errors = []werr.Category{werr.CategoryIO}
		}
	case why == starved:
		e.errors = []werr.Category{werr.CategoryTimeout}
	}
	leavesEarly := m.stops > 0 && len(e.rows) >= m.stops
	if leavesEarly || why == leaves || why == starved && m.w.end == silence || m.mayBreach() {
		ahead := leavesEarly || strict.failure == werr.CategoryDecode || m.mayBreach()
		if why != complete || leavesEarly {
			e.states = nil
		}
		states, at := m.drained(now, all, ahead)
		e.states, e.consumed = append(e.states, states...), before.at+at
	}
	return e
}

// drained is what may become of a connection whose query was left, and how many bytes its answer has if it is idle
// then. ahead: what comes behind the leaving may have been looked at as if the query went on.
func (m *meeting) drained(now, all []byte, ahead bool) (states []conn.State, at int) {
	arrived, inAll, strict := m.model(now), m.model(all), m.model(now)
	arrived.lax, inAll.lax = true, true
	strict.limits.memory, strict.accept = 0, func([]byte) verdict { return taken }
	whyArrived, _ := arrived.answer()
	whyAll, _ := inAll.answer()
	whyStrict, _ := strict.answer()

	cancels := !m.has(noKey) && !m.has(cancelHangs)
	idle := whyArrived == complete || whyAll == complete && cancels
	if idle {
		states = append(states, conn.Idle)
	}
	if !idle || !cancels || m.has(stiff) || ahead && whyStrict == broken {
		states = append(states, conn.Closed)
	}
	return states, inAll.at
}

func (m *meeting) model(rest []byte) *model {
	r := &model{rest: rest, simple: m.has(simple), scoped: m.has(scoped), accept: m.verdict}
	r.limits.row, r.limits.message = m.maxRow(), m.maxMessage()
	if m.has(memory) {
		r.limits.memory = smallMemory
	}
	return r
}

func (c choice) maxRow() int {
	if c.has(smallLimits) {
		return smallRow
	}
	return protocol.DefaultRowLimit
}

func (c choice) maxMessage() int {
	if c.has(smallLimits) {
		return smallMessage
	}
	return protocol.DefaultMessageLimit
}

// verdict is what the client's options make of a row.
func (c choice) verdict(row []byte) verdict {
	switch {
	case c.has(validates) && !soundJSON(row):
		return refused
	case c.has(filters) && !filter(row):
		return dropped
	}
	return taken
}

// mayBreach says whether the memory limit fails the query when the consumer is slow.
func (c choice) mayBreach() bool {
	return c.has(memory) && !c.has(memoryWaits) && c.ahead() == stream.ReadAheadAlways
}
