package conn

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// phase is the part of the answer to a query that comes next ("Message Flow", "Extended Query").
type phase uint8

const (
	illegal         phase = iota // in steps: the message must not come
	closing                      // CloseComplete, of statements no longer needed
	parsingSettings              // ParseComplete of the statement that makes the settings
	bindingSettings              // its BindComplete
	makingSettings               // its one DataRow
	settingsMade                 // its CommandComplete
	parsing                      // ParseComplete of the query
	binding                      // BindComplete
	describing                   // RowDescription, or a message that there are no columns
	inRows                       // DataRow, or the end of them
	executing                    // the end of a statement without columns
	completed                    // ReadyForQuery, or an error of the commit that Sync causes
	failed                       // ReadyForQuery
	ready                        // nothing: the answer is complete
)

var phaseNames = [...]string{
	illegal: "none", closing: "closing statements",
	parsingSettings: "parsing the settings", bindingSettings: "binding the settings",
	makingSettings: "making the settings", settingsMade: "making the settings",
	parsing: "parsing", binding: "binding", describing: "waiting for the row description", inRows: "reading rows",
	executing: "executing", completed: "waiting for ready for query", failed: "waiting for ready for query", ready: "idle",
}

func (p phase) String() string { return phaseNames[p] }

// steps lists the messages that are legal in each phase, and the phase after each; a phase is skipped if the message
// sent did not ask for anything in it. The query's own DataRows are handled by the scanner; notices, parameters and
// notifications are legal at any time.
var steps = [...][128]phase{
	closing:         {'3': closing, 'E': failed},
	parsingSettings: {'1': bindingSettings, 'E': failed},
	bindingSettings: {'2': makingSettings, 'E': failed},
	makingSettings:  {'D': settingsMade, 'E': failed},
	settingsMade:    {'C': parsing, 'E': failed}, // an interrupt can still cause an error
	parsing:         {'1': binding, 'E': failed},
	binding:         {'2': describing, 'E': failed},
	describing:      {'T': inRows, 'n': executing, 'C': completed, 'I': completed, 'E': failed},
	inRows:          {'C': completed, 'E': failed},
	executing:       {'C': completed, 'I': completed, 'E': failed},
	completed:       {'Z': ready, 'E': failed},
	failed:          {'Z': ready},
	ready:           {},
}

// after returns the phase after a message, or illegal.
func (p phase) after(typ byte) phase {
	if int(typ) >= len(steps[p]) {
		return illegal
	}
	return steps[p][typ]
}

// result is the whole protocol state of one query: how far its answer has progressed, and what was received. It belongs
// to the owner of the turn.
type result struct {
	phase      phase
	asked      asked
	simple     bool // the query was sent as a simple Query message, whose answer may have several results
	query      bool // the statement is a query: if it fails, it has changed nothing
	rows       uint64
	copying    bool  // a CopyOutResponse was received
	jsonb      bool  // the column has the type jsonb
	further    bool  // another result has begun: the statement was a list
	discarding bool  // the rows are not wanted: they are neither counted nor checked
	failure    error // what the server reported, or what is wrong with the statement; the connection is still usable
	failedIn   phase // in which failure was set
}

// asked describes what the message sent asks for before the description of the rows. The zero value is a simple
// Query.
type asked struct {
	closes   int // statements whose CloseComplete was not yet received
	settings int // run-time parameters to be set
	setting  use // the statement that sets them
	extended bool
	query    use // with extended
}

// begin prepares for the answer to a message.
func (r *result) begin(a asked) {
	r.asked, r.simple = a, !a.extended
	r.enter(closing)
}

// enter moves on to p, or to the first phase after it in which something was asked for.
func (r *result) enter(p phase) {
	for !r.asks(p) {
		p++
	}
	r.phase = p
}

func (r *result) asks(p phase) bool {
	switch p {
	case closing:
		return r.asked.closes > 0
	case parsingSettings:
		return r.asked.settings > 0 && r.asked.setting.parse
	case bindingSettings, makingSettings, settingsMade:
		return r.asked.settings > 0
	case parsing:
		return r.asked.extended && r.asked.query.parse
	case binding:
		return r.asked.extended
	}
	return true
}

// handle handles one message. An error means that the server has violated the protocol.
func (r *result) handle(typ byte, m pgproto3.BackendMessage, c *Conn) error {
	switch {
	case r.simple && r.phase == completed && typ != 'Z' && typ != 'E':
		return r.begins(typ)
	case typ == 'G', typ == 'H', typ == 'W', typ == 'd', typ == 'c':
		return r.copy(typ)
	}
	next := r.phase.after(typ)
	if next == illegal {
		return r.illegal(typ)
	}
	r.confirm(typ, &c.statements)
	before := r.phase
	r.enter(next)
	switch m := m.(type) {
	case *pgproto3.RowDescription:
		r.describe(m, c)
	case *pgproto3.NoData:
		r.fail(&werr.SchemaError{})
	case *pgproto3.EmptyQueryResponse:
		r.fail(&werr.UsageError{Detail: "the statement is empty"})
	case *pgproto3.CommandComplete:
		return r.complete(m, before, c)
	case *pgproto3.ErrorResponse:
		e := c.serverError(m)
		e.AfterRows, e.MayHaveCommitted = r.rows > 0, !r.query
		r.failedIn = before
		r.fail(e)
	case *pgproto3.ReadyForQuery:
		return r.checkStatus(m)
	}
	return nil
}

// confirm records in the connection's statements what the server has confirmed.
func (r *result) confirm(typ byte, s *statements) {
	switch typ {
	case '1':
		s.parsed(r.useIn(r.phase))
	case '2':
		s.bound(r.useIn(r.phase))
	case '3':
		r.asked.closes--
		s.closed()
	}
}

// useIn returns the use of a statement that phase p belongs to.
func (r *result) useIn(p phase) use {
	if p < parsing {
		return r.asked.setting
	}
	return r.asked.query
}

// settingsRow handles the row of the statement that makes the settings. It contains the values that they now have.
func (r *result) settingsRow(body []byte) error {
	next := r.phase.after('D')
	if next == illegal {
		return r.illegal('D')
	}
	columns, err := protocol.CheckRow(body)
	if err == nil && columns != r.asked.settings {
		err = &werr.ProtocolError{Message: 'D', State: r.phase.String(), Detail: fmt.Sprintf(
			"a row of %d columns for %d settings", columns, r.asked.settings)}
	}
	r.enter(next)
	return err
}

// describe checks the row description: the schema rule.
func (r *result) describe(m *pgproto3.RowDescription, c *Conn) {
	if r.discarding {
		return
	}
	if err := protocol.CheckSchema(m); err != nil {
		r.fail(c.redactSchema(err))
		return
	}
	r.jsonb = m.Fields[0].DataTypeOID == protocol.OIDJSONB
}

// begins handles a message after the first result of a simple Query: the text was a list of statements.
func (r *result) begins(typ byte) error {
	switch typ {
	case 'T':
		r.phase = inRows
	case 'C', 'I':
	default:
		return r.illegal(typ)
	}
	r.further = true
	r.fail(&werr.UsageError{Detail: "the statement is a list of several; run one at a time"})
	return nil
}

// copy handles the messages of COPY ("COPY Operations"): a statement without columns, although it may send data. The
// data is discarded while the query is drained; if the server waits for data from the client, the connection has to
// be closed.
func (r *result) copy(typ byte) error {
	begins := typ == 'G' || typ == 'H' || typ == 'W'
	switch {
	case r.phase != executing && !(r.simple && r.phase == describing), begins == r.copying:
		return r.illegal(typ)
	case typ == 'H' && r.discarding:
		r.phase, r.copying = executing, true
		return nil
	case !begins:
		return nil
	}
	return &werr.UsageError{Detail: "the statement is a COPY; only queries are streamed: use SELECT"}
}

// complete checks the command tag: a count that differs from the number of rows received means that rows were lost.
func (r *result) complete(m *pgproto3.CommandComplete, before phase, c *Conn) error {
	if before == settingsMade {
		return r.checkSettingsTag(m)
	}
	if r.discarding || r.failure != nil {
		return nil
	}
	tag := protocol.ParseTag(m.CommandTag)
	switch {
	case before != inRows:
		r.fail(&werr.SchemaError{})
	case !tag.HasCount:
	case tag.Verb != "SELECT" && tag.Verb != "FETCH":
		r.fail(&werr.UsageError{Detail: fmt.Sprintf(
			"%s is not a query; it was executed, but only queries are streamed: use SELECT", c.redactText(tag.Verb))})
	case tag.Count != r.rows:
		return &werr.ProtocolError{Message: 'C', State: before.String(), Detail: fmt.Sprintf(
			"the server counts %d rows, %d were received", tag.Count, r.rows)}
	}
	return nil
}

// checkSettingsTag checks the tag of the statement that makes the settings: it always has one row.
func (r *result) checkSettingsTag(m *pgproto3.CommandComplete) error {
	if string(m.CommandTag) == "SELECT 1" {
		return nil
	}
	return &werr.ProtocolError{Message: 'C', State: settingsMade.String(), Detail: "its command tag is not SELECT 1"}
}

// checkStatus returns an error if a transaction is open: it would outlive the query ("ReadyForQuery").
func (r *result) checkStatus(m *pgproto3.ReadyForQuery) error {
	if m.TxStatus == 'I' {
		return nil
	}
	return &werr.ProtocolError{Message: 'Z', Detail: fmt.Sprintf(
		"the statement left a transaction open (status %q); this library does not support transactions", m.TxStatus)}
}

// fail records the first failure.
func (r *result) fail(err error) {
	if r.failure == nil {
		r.failure = err
	}
}

// refusal returns the failure once the answer is complete, or another result has begun.
func (r *result) refusal() error {
	if r.phase != ready && !r.further {
		return nil
	}
	return r.failure
}

func (r *result) illegal(typ byte) error {
	return &werr.ProtocolError{Message: typ, State: r.phase.String(), Detail: "a message that is not legal here"}
}
