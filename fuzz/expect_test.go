package fuzz

import (
	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// expectation is what the model says of a query.
type expectation struct {
	sent   []string // the letters of its messages
	rows   []string
	errors []werr.Category
	states []conn.State // of the connection, once all is over
	end    int          // of its answer in wire.all, if the connection is idle then
	known  statements   // then, too
}

// roundTrip is one message of a query.
type roundTrip struct {
	now, all []byte // the answer: what is there once it is sent, and in the end
	known    statements
	first    bool // it is not the second one, which runs without named statements
}

// expect says what must have come of the query that began at start. It is asked afterwards: when the client sends its
// second message, what it has read by then must not be more than the answer to the first.
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

// look is what the client does before it sends: it looks at what it has read, from one place to another, where no query
// has asked for anything. The answer begins behind that.
func (m *meeting) look(from, to int) (behind int, broke werr.Category) {
	idle := m.model(roundTrip{now: m.w.all[from:max(from, to)]})
	broke = idle.idle()
	// Where no deadline can be set, reads are done elsewhere, and hand over what they brought before its end.
	if broke == "" && m.w.end == eofAtOnce && to == len(m.w.all) && !m.has(stiff) {
		broke = idle.ended()
	}
	return from + idle.at, broke
}

// judge says what comes of the last message of a query, to which there was an answer from a place on.
func (m *meeting) judge(e *expectation, a roundTrip, strict *model, why stop, broke werr.Category, from int) {
	e.rows, e.errors, e.end, e.known = strict.rows, []werr.Category{strict.failure}, from+strict.at, strict.known
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

// drained is what may become of a connection whose query was left, and the model at the end of its answer if it is idle
// then. healed: before that it was a matter of running the query again. ahead: what comes behind the leaving may have
// been looked at as if the query went on.
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
