package fuzz

import (
	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// expectation is the result of a query according to the model.
type expectation struct {
	sent   []string // the letters of the messages
	rows   []string
	errors []werr.Category
	states []conn.State // of the connection, once everything is over
	end    int          // where the answer ends in wire.all, if the connection is idle then
	known  statements   // likewise
}

// roundTrip is one message of a query.
type roundTrip struct {
	now, all []byte // the answer: what is available once the message is sent, and in the end
	known    statements
	first    bool // false for the second one, which runs without named statements
}

// expect returns the expected result of the query that began at start. It is called afterwards: when the client sends
// its second message, what it has read by then must not be more than the answer to the first.
func (m *meeting) expect(start progress) (e expectation) {
	a := roundTrip{known: m.known, first: true}
	from, broke := m.look(m.at, start.given)
	for broke == "" {
		a.now, a.all = m.w.all[from:max(start.there, m.asked)], m.w.all[from:]
		strict := m.model(a)
		e.sent = append(e.sent, strict.send(a.first))
		strict.heals = a.first
		why, wrong := strict.answer()
		if why != complete || !strict.healed {
			m.judge(&e, a, strict, why, wrong, from)
			return e
		}
		a = roundTrip{known: strict.known}
		from, broke = m.look(from+strict.at, m.w.givenAt(start.writes+1))
	}
	e.errors, e.states = []werr.Category{broke}, []conn.State{conn.Closed}
	return e
}

// look models what the client does before it sends: it handles what it has read, from one place to another, which
// does not belong to a query. It returns the place after that, where the answer begins.
func (m *meeting) look(from, to int) (behind int, broke werr.Category) {
	idle := m.model(roundTrip{now: m.w.all[from:max(from, to)]})
	broke = idle.idle()
	// If no deadline can be set, reads run in another goroutine, and return what they have read before the end.
	if broke == "" && m.w.end == eofAtOnce && to == len(m.w.all) && !m.has(stiff) {
		broke = idle.ended()
	}
	return from + idle.at, broke
}

// judge sets the expected result of the last message of a query, whose answer begins at from.
func (m *meeting) judge(e *expectation, a roundTrip, strict *model, why stop, broke werr.Category, from int) {
	e.rows, e.errors, e.end, e.known = strict.rows, []werr.Category{strict.failure}, from+strict.at, strict.known
	switch {
	case why == complete:
		e.states = []conn.State{conn.Idle}
	case why == broken:
		e.states = []conn.State{conn.Closed}
		if strict.failure == "" {
			e.errors = []werr.Category{broke, werr.CategoryProtocol} // an error in the protocol may be detected first
		}
	case why == starved && m.w.end != silence:
		e.states = []conn.State{conn.Closed}
		if strict.failure == "" {
			e.errors = []werr.Category{strict.ended()}
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
		states, left := m.drained(a, strict.healed, ahead)
		e.states, e.end, e.known = append(e.states, states...), from+left.at, left.known
	}
}

// drained returns the possible states of a connection whose query was left, and the model at the end of its answer if
// it is idle then. healed means that the query was about to be run again. ahead means that what follows may have been
// handled as if the query continued.
func (m *meeting) drained(a roundTrip, healed, ahead bool) (states []conn.State, left *model) {
	arrived, left, strict := m.model(a), m.model(roundTrip{now: a.all, known: a.known}), m.model(a)
	arrived.lax, left.lax = true, true
	strict.limits.memory, strict.accept = 0, func([]byte) verdict { return taken }
	var why [3]stop
	for i, model := range []*model{arrived, left, strict} {
		model.send(a.first)
		model.heals = healed
		why[i], _ = model.answer()
	}

	cancels := !m.has(noKey) && !m.has(cancelHangs)
	idle := why[0] == complete || why[1] == complete && cancels
	if idle {
		states = append(states, conn.Idle)
	}
	if !idle || !cancels || m.has(stiff) || ahead && why[2] == broken {
		states = append(states, conn.Closed)
	}
	return states, left
}

func (m *meeting) model(a roundTrip) *model {
	r := &model{rest: a.now, simple: m.has(simple), scoped: m.has(scoped), known: a.known, accept: m.verdict}
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

// verdict returns what the client's options do with a row.
func (c choice) verdict(row []byte) verdict {
	switch {
	case c.has(validates) && !soundJSON(row):
		return refused
	case c.has(filters) && !filter(row):
		return dropped
	}
	return taken
}

// mayBreach reports whether the memory limit fails the query if the consumer is slow.
func (c choice) mayBreach() bool {
	return c.has(memory) && !c.has(memoryWaits) && c.ahead() == stream.ReadAheadAlways
}
