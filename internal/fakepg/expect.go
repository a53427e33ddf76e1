package fakepg

import (
	"bytes"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Query is what a client asked, however it asked.
type Query struct {
	SQL    string
	Args   [][]byte // nil for SQL NULL
	Simple bool     // a simple Query message
}

// Receive reads one message. It is valid until the next one is read.
func (c *Conn) Receive() (pgproto3.FrontendMessage, error) {
	m, err := c.backend.Receive()
	if err != nil {
		return nil, c.failed("read", err)
	}
	return m, nil
}

// Expect reads one message of the same type as want, and fails at any other one.
func Expect[M pgproto3.FrontendMessage](c *Conn) (M, error) {
	var none M
	m, err := c.Receive()
	if err != nil {
		return none, fmt.Errorf("expect %T: %w", none, err)
	}
	wanted, ok := m.(M)
	if !ok {
		return none, fmt.Errorf("expect %T, and a %T came", none, m)
	}
	return wanted, nil
}

// ReadQuery reads one query: a simple one, or all from Parse to Sync.
func (c *Conn) ReadQuery() (*Query, error) {
	m, err := c.Receive()
	if err != nil {
		return nil, fmt.Errorf("expect a query: %w", err)
	}
	switch m := m.(type) {
	case *pgproto3.Query:
		c.simple = true
		return &Query{SQL: m.String, Simple: true}, nil
	case *pgproto3.Parse:
		c.simple = false
		return c.extended(m)
	}
	return nil, fmt.Errorf("expect a query, and a %T came", m)
}

// extended reads on after Parse: Bind, Describe, Execute, Sync, of the unnamed statement and portal.
func (c *Conn) extended(parse *pgproto3.Parse) (*Query, error) {
	q := &Query{SQL: parse.Query}
	if parse.Name != "" {
		return nil, fmt.Errorf("a statement was named %q", parse.Name)
	}
	bind, err := Expect[*pgproto3.Bind](c)
	if err != nil {
		return nil, err
	}
	for _, p := range bind.Parameters {
		q.Args = append(q.Args, bytes.Clone(p))
	}
	if _, err := Expect[*pgproto3.Describe](c); err != nil {
		return nil, err
	}
	execute, err := Expect[*pgproto3.Execute](c)
	if err != nil {
		return nil, err
	}
	if execute.MaxRows != 0 {
		return nil, fmt.Errorf("message Execute has a bound of %d rows", execute.MaxRows)
	}
	_, err = Expect[*pgproto3.Sync](c)
	return q, err
}

// ExpectQuery reads one query and fails unless its text is sql.
func (c *Conn) ExpectQuery(sql string) error {
	q, err := c.ReadQuery()
	if err != nil {
		return err
	}
	if q.SQL != sql {
		return fmt.Errorf("expect the query %q, and %q came", sql, q.SQL)
	}
	return nil
}

// ExpectTerminate reads the client's orderly end.
func (c *Conn) ExpectTerminate() error {
	_, err := Expect[*pgproto3.Terminate](c)
	return err
}
