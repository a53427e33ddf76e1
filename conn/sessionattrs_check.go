package conn

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// checkSessionAttrs returns an error if the server is not one that target_session_attrs asks for. PostgreSQL 14 and
// later report the parameters needed; an older server, or a pooler that does not forward them, is asked with a
// statement.
func (l *login) checkSessionAttrs(want TargetSessionAttrs) error {
	if want == AnySession {
		return nil
	}
	readOnly, err := l.booleanParameter("default_transaction_read_only", "SHOW default_transaction_read_only")
	if err != nil {
		return err
	}
	standby, err := l.booleanParameter("in_hot_standby", "SELECT pg_catalog.pg_is_in_recovery()")
	if err != nil {
		return err
	}
	if !want.accepts(readOnly, standby) {
		return errSessionAttrs(want)
	}
	return nil
}

// booleanParameter returns a boolean that the server has reported, or asks for it with a statement.
func (l *login) booleanParameter(name, sql string) (bool, error) {
	value := l.c.parameters.get(name)
	if value == "" {
		var err error
		if value, err = l.ask(sql); err != nil {
			return false, err
		}
	}
	return strings.HasPrefix(value, "on") || strings.HasPrefix(value, "t"), nil
}

// ask runs a simple Query, and returns the first column of its last row.
func (l *login) ask(sql string) (value string, err error) {
	message, err := protocol.AppendSimpleQuery(nil, sql)
	if err != nil {
		return "", err
	}
	if err := l.write(message); err != nil {
		return "", err
	}
	l.move(loginAsking)
	for l.phase == loginAsking {
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
			if err := (&result{}).checkStatus(m); err != nil {
				return "", err
			}
			l.move(loginReady)
		default:
			return "", l.unexpected(m)
		}
	}
	return value, nil
}

// decodeRow decodes a row with any number of columns.
func decodeRow(body []byte) (*pgproto3.DataRow, error) {
	row := &pgproto3.DataRow{}
	if err := row.Decode(body); err != nil {
		return nil, &werr.ProtocolError{Message: 'D', State: loggingIn, Detail: err.Error()}
	}
	return row, nil
}
