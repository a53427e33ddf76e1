package conn

import (
	"fmt"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// encode writes the query's message to c.out, and sets the result to the phase in which its answer begins. There is a
// single Sync, so that it is one round trip and one implicit transaction ("Extended Query"):
//
//	Close            of prepared statements that are no longer wanted
//	Parse            of the settings' statement, unless the server has it
//	Bind, Execute
//	Parse            of the query, unless the server has it
//	Bind, Describe, Execute
//	Sync
//
// Unless prepare is set, both statements are unnamed. After an error nothing may be sent.
func (q *query) encode(prepare bool) (err error) {
	if q.set.SimpleProtocol() {
		q.c.result.begin(asked{})
		q.c.out, err = protocol.AppendSimpleQuery(q.c.out[:0], q.sql)
		return err
	}
	e := encoder{out: q.c.out[:0], statements: &q.c.statements, prepare: prepare}
	a := asked{extended: true, settings: q.set.SessionSettings(), closes: e.closes()}
	if a.settings > 0 {
		var few [8][]byte // so that four settings need no allocation
		var parameters [][]byte
		if parameters, err = q.settings(few[:0]); err != nil {
			return err
		}
		if a.setting, err = e.run(setConfig(a.settings), parameters, false); err != nil {
			return err
		}
	}
	if a.query, err = e.run(q.sql, q.args, true); err != nil {
		return err
	}
	q.c.result.begin(a)
	q.c.out = protocol.AppendSync(e.out)
	return nil
}

// encoder assembles the parts of a message.
type encoder struct {
	out        []byte
	statements *statements
	prepare    bool
}

// closes appends the Close messages that are due, and returns their number.
func (e *encoder) closes() int {
	due := e.statements.due()
	for _, name := range due {
		e.out = protocol.AppendClose(e.out, name)
	}
	return len(due)
}

// run appends the messages that run a text once.
func (e *encoder) run(text string, args [][]byte, describe bool) (u use, err error) {
	u = unnamed
	if e.prepare {
		u = e.statements.choose(text)
	}
	if u.parse {
		e.out, err = protocol.AppendParse(e.out, u.name(), text)
	}
	if err == nil {
		e.out, err = protocol.AppendExecute(e.out, u.name(), args, describe)
	}
	if err != nil && u.statement != nil && u.parse {
		e.statements.forget(u.statement)
	}
	return u, err
}

// settings appends the parameters of set_config. The row that it returns repeats the values, and must not exceed the
// limit on messages.
func (q *query) settings(dst [][]byte) ([][]byte, error) {
	parameters := q.set.AppendSessionSettings(dst)
	size := 0
	for _, p := range parameters {
		size += len(p)
	}
	limit := q.c.cfg.MaxMessageSize
	if limit == 0 {
		limit = protocol.DefaultMessageLimit
	}
	if size > limit/2 {
		return nil, &werr.UsageError{Detail: fmt.Sprintf(
			"WithSetting: the settings have %d bytes together, more than %d, half of MaxMessageSize", size, limit/2)}
	}
	return parameters, nil
}

// setConfig returns the statement that makes n settings until the end of the transaction, in order: the expressions
// of a SELECT are evaluated from left to right. set_config is qualified with its schema, so that no other function in
// the search path is called instead (CVE-2018-1058).
func setConfig(n int) string {
	if n < len(setConfigs) {
		return setConfigs[n]
	}
	return makeSetConfig(n)
}

// setConfigs holds the statements for the usual numbers of settings.
var setConfigs = func() (texts [9]string) {
	for n := range texts {
		texts[n] = makeSetConfig(n)
	}
	return texts
}()

func makeSetConfig(n int) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "pg_catalog.set_config($%d, $%d, true)", 2*i+1, 2*i+2)
	}
	return b.String()
}
