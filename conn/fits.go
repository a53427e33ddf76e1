package conn

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// fits says whether the server is one that target_session_attrs asks for. Servers from PostgreSQL 14 on report what that
// takes; where a pooler keeps it to itself, it is asked for. It belongs to the login's turn.
func (c *Conn) fits(want TargetSessionAttrs) error {
	if want == AnySession {
		return nil
	}
	readOnly, err := c.setting("default_transaction_read_only", "SHOW default_transaction_read_only")
	if err != nil {
		return err
	}
	standby, err := c.setting("in_hot_standby", "SELECT pg_catalog.pg_is_in_recovery()")
	if err != nil {
		return err
	}
	if !want.accepts(readOnly, standby) {
		return errSession(want)
	}
	return nil
}

// setting is a boolean that the server has reported, or says when asked.
func (c *Conn) setting(name, sql string) (bool, error) {
	value := c.parameters.get(name)
	if value == "" {
		var err error
		if value, err = c.ask(sql); err != nil {
			return false, err
		}
	}
	return strings.HasPrefix(value, "on") || strings.HasPrefix(value, "t"), nil
}

// ask runs a simple Query during the login, and returns the first column of its last row.
func (c *Conn) ask(sql string) (value string, err error) {
	message, err := protocol.AppendSimpleQuery(nil, sql)
	if err != nil {
		return "", err
	}
	l := &login{c: c, asking: true}
	if err := l.write(message); err != nil {
		return "", err
	}
	for {
		m, err := l.next()
		if err != nil {
			return "", err
		}
		switch m := m.(type) {
		case *pgproto3.DataRow:
			if len(m.Values) > 0 {
				value = string(m.Values[0])
			}
		case *pgproto3.RowDescription, *pgproto3.CommandComplete:
		case *pgproto3.ReadyForQuery:
			return value, nil
		default:
			return "", l.unexpected(m)
		}
	}
}

// decodeRow takes a row of any number of columns apart.
func decodeRow(body []byte) (*pgproto3.DataRow, error) {
	row := &pgproto3.DataRow{}
	if err := row.Decode(body); err != nil {
		return nil, &werr.ProtocolError{Message: 'D', State: loggingIn, Detail: err.Error()}
	}
	return row, nil
}
