package synthetic

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// columns describes every result.
var columns = &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{
	{Name: []byte("data"), DataTypeOID: protocol.OIDJSONB, DataTypeSize: -1, TypeModifier: -1},
}}

func (c *session) simple(r request) error {
	if !r.empty {
		c.backend.Send(columns)
	}
	if err := c.execute(r); err != nil {
		return err
	}
	return c.ready()
}

func (c *session) describe(m *pgproto3.Describe) {
	r := c.portal
	if m.ObjectType == 'S' {
		r = c.statements[m.Name]
		c.backend.Send(&pgproto3.ParameterDescription{})
	}
	if r.empty {
		c.backend.Send(&pgproto3.NoData{})
		return
	}
	c.backend.Send(columns)
}

// execute writes the rows from the buffer that holds them, and checks for a cancel between two writes.
func (c *session) execute(r request) error {
	if r.empty {
		c.backend.Send(&pgproto3.EmptyQueryResponse{})
		return nil
	}
	if r.rows <= small {
		return c.executeSmall(r)
	}
	c.cancelled.Store(false)
	if err := c.backend.Flush(); err != nil {
		return err
	}
	rows := c.server.results.of(r.size)
	for left := r.rows; left > 0; {
		if c.cancelled.Load() {
			c.failed = true
			c.backend.Send(&pgproto3.ErrorResponse{
				Severity: "ERROR", Code: "57014", Message: "canceling statement due to user request",
			})
			return nil
		}
		n := min(left, rows.count)
		if _, err := c.conn.Write(rows.first(n)); err != nil {
			return err
		}
		left -= n
	}
	return c.complete(r)
}

// small is the largest number of rows that is sent in one write together with the messages around them, as PostgreSQL
// does with a short result.
const small = 8

func (c *session) executeSmall(r request) error {
	for row := range r.rows {
		c.backend.Send(&pgproto3.DataRow{Values: [][]byte{c.server.results.of(r.size).document(row)}})
	}
	return c.complete(r)
}

func (c *session) complete(r request) error {
	c.backend.Send(&pgproto3.CommandComplete{CommandTag: fmt.Appendf(nil, "SELECT %d", r.rows)})
	return nil
}
