package fakepg

import (
	"bytes"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Query is a query that a client has sent, in either protocol.
type Query struct {
	SQL    string
	Args   [][]byte // nil for SQL NULL
	Simple bool     // a simple Query message

	// For extended queries only.
	Closes    []string // prepared statements closed first
	Settings  *Query   // a statement that runs before the query, without Describe
	Statement string   // the prepared statement; "" is the unnamed one
	Parsed    bool     // whether it came with a Parse
}

// Receive reads one message, which is valid until the next one is read.
func (c *Conn) Receive() (pgproto3.FrontendMessage, error) {
	m, err := c.backend.Receive()
	if err != nil {
		return nil, c.failed("read", err)
	}
	return m, nil
}

// Expect reads one message of type M, and fails if another one comes.
func Expect[M pgproto3.FrontendMessage](c *Conn) (M, error) {
	var none M
	m, err := c.Receive()
	if err != nil {
		return none, fmt.Errorf("expect %T: %w", none, err)
	}
	wanted, ok := m.(M)
	if !ok {
		return none, fmt.Errorf("expect %T, got %T", none, m)
	}
	return wanted, nil
}

// ReadQuery reads one query: a simple one, or the messages of an extended one up to Sync. Head then begins the answer
// to it.
func (c *Conn) ReadQuery() (*Query, error) {
	m, err := c.Receive()
	if err != nil {
		return nil, fmt.Errorf("expect a query: %w", err)
	}
	if m, ok := m.(*pgproto3.Query); ok {
		c.query = &Query{SQL: m.String, Simple: true}
		return c.query, nil
	}
	return c.extended(m)
}

// extended reads an extended query that begins with m.
func (c *Conn) extended(m pgproto3.FrontendMessage) (q *Query, err error) {
	var closes []string
	for {
		closing, ok := m.(*pgproto3.Close)
		if !ok {
			break
		}
		closes = append(closes, closing.Name)
		delete(c.statements, closing.Name)
		if m, err = c.Receive(); err != nil {
			return nil, err
		}
	}
	q, described, err := c.statement(m)
	if err != nil {
		return nil, err
	}
	if m, err = c.Receive(); err != nil {
		return nil, err
	}
	if _, ok := m.(*pgproto3.Sync); !ok && !described {
		settings := q
		if q, described, err = c.statement(m); err != nil {
			return nil, err
		}
		q.Settings = settings
		if m, err = c.Receive(); err != nil {
			return nil, err
		}
	}
	if _, ok := m.(*pgproto3.Sync); !ok || !described {
		return nil, fmt.Errorf("expect a described query and Sync, got %T", m)
	}
	q.Closes, c.query = closes, q
	return q, nil
}

// statement reads the messages that run a statement once, beginning with m: an optional Parse, Bind, an optional
// Describe, and Execute.
func (c *Conn) statement(m pgproto3.FrontendMessage) (q *Query, described bool, err error) {
	q = &Query{}
	if parse, ok := m.(*pgproto3.Parse); ok {
		q.Parsed = true
		c.statements[parse.Name] = parse.Query
		if m, err = c.Receive(); err != nil {
			return nil, false, err
		}
	}
	bind, ok := m.(*pgproto3.Bind)
	if !ok {
		return nil, false, fmt.Errorf("expect a query, got %T", m)
	}
	q.Statement, q.SQL = bind.PreparedStatement, c.statements[bind.PreparedStatement]
	for _, p := range bind.Parameters {
		q.Args = append(q.Args, bytes.Clone(p))
	}
	if m, err = c.Receive(); err != nil {
		return nil, false, err
	}
	if _, described = m.(*pgproto3.Describe); described {
		if m, err = c.Receive(); err != nil {
			return nil, false, err
		}
	}
	execute, ok := m.(*pgproto3.Execute)
	switch {
	case !ok:
		return nil, false, fmt.Errorf("expect Execute, got %T", m)
	case execute.MaxRows != 0:
		return nil, false, fmt.Errorf("message Execute has a bound of %d rows", execute.MaxRows)
	}
	return q, described, nil
}

// ExpectQuery reads one query and fails unless its text is sql.
func (c *Conn) ExpectQuery(sql string) error {
	q, err := c.ReadQuery()
	if err != nil {
		return err
	}
	if q.SQL != sql {
		return fmt.Errorf("expect the query %q, got %q", sql, q.SQL)
	}
	return nil
}

// ExpectTerminate reads the client's Terminate.
func (c *Conn) ExpectTerminate() error {
	_, err := Expect[*pgproto3.Terminate](c)
	return err
}
