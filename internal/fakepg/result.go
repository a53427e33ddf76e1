package fakepg

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Type OIDs that the column data may have.
const (
	JSON  = 114
	JSONB = 3802
)

// Data returns the RowDescription that the library expects: one column named data of type json.
func Data() *pgproto3.RowDescription { return Column("data", JSON) }

// Column returns a RowDescription of one column.
func Column(name string, oid uint32) *pgproto3.RowDescription {
	return &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{
		{Name: []byte(name), DataTypeOID: oid, DataTypeSize: -1, TypeModifier: -1},
	}}
}

// Row returns a DataRow of one column.
func Row(json string) *pgproto3.DataRow { return &pgproto3.DataRow{Values: [][]byte{[]byte(json)}} }

// Null returns a DataRow of one column that is SQL NULL.
func Null() *pgproto3.DataRow { return &pgproto3.DataRow{Values: [][]byte{nil}} }

// Rows returns n rows {"n":0}, {"n":1}, ...
func Rows(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, Encode(Row(fmt.Sprintf(`{"n":%d}`, i)))...)
	}
	return b
}

// Tag returns a CommandComplete.
func Tag(tag string) *pgproto3.CommandComplete {
	return &pgproto3.CommandComplete{CommandTag: []byte(tag)}
}

// Ready returns a ReadyForQuery outside a transaction.
func Ready() *pgproto3.ReadyForQuery { return &pgproto3.ReadyForQuery{TxStatus: 'I'} }

// Refusal returns an ErrorResponse.
func Refusal(code, message string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: code, Message: message}
}

// Canceled returns the ErrorResponse that a server sends after a CancelRequest.
func Canceled() *pgproto3.ErrorResponse {
	return Refusal("57014", "canceling statement due to user request")
}

// Head returns the beginning of the answer to the last query read, up to and including RowDescription.
func (c *Conn) Head() []byte { return append(c.Opening(), Encode(Data())...) }

// Opening returns Head without RowDescription.
func (c *Conn) Opening() []byte {
	q := c.query
	switch {
	case q == nil:
		return begun(true)
	case q.Simple:
		return nil
	}
	opening := append(c.Closing(), c.SettingsMade()...)
	return append(opening, begun(q.Parsed)...)
}

// begun returns the answer to Bind, and to the Parse before it if there was one.
func begun(parsed bool) []byte {
	if parsed {
		return Encode(&pgproto3.ParseComplete{}, &pgproto3.BindComplete{})
	}
	return Encode(&pgproto3.BindComplete{})
}

// Closing returns the answer to the Close messages before the last query read.
func (c *Conn) Closing() []byte {
	var b []byte
	for range c.query.Closes {
		b = append(b, Encode(&pgproto3.CloseComplete{})...)
	}
	return b
}

// SettingsMade returns the answer to the settings before the last query read.
func (c *Conn) SettingsMade() []byte {
	if c.query.Settings == nil {
		return nil
	}
	return concat(begun(c.query.Settings.Parsed), Encode(c.SettingsRow(), Tag("SELECT 1")))
}

// SettingsRow returns a row with the values of the settings.
func (c *Conn) SettingsRow() *pgproto3.DataRow {
	row := &pgproto3.DataRow{}
	for i := 1; i < len(c.query.Settings.Args); i += 2 {
		row.Values = append(row.Values, c.query.Settings.Args[i])
	}
	return row
}

// End returns the end of an answer of n rows.
func End(n int) []byte { return Encode(Tag(fmt.Sprintf("SELECT %d", n)), Ready()) }

// Result sends a whole answer of n rows to the last query read.
func (c *Conn) Result(n int) error {
	return c.SendRaw(append(append(c.Head(), Rows(n)...), End(n)...))
}

// Answer reads a query and answers it with n rows.
func (c *Conn) Answer(n int) error {
	if _, err := c.ReadQuery(); err != nil {
		return err
	}
	return c.Result(n)
}

// Fail ends the last query with an error.
func (c *Conn) Fail(code, message string) error { return c.Send(Refusal(code, message), Ready()) }

// Endless sends rows until a CancelRequest is forwarded, and then ends the query with 57014, as a server does. It fails
// when the client closes.
func (c *Conn) Endless(json string) error {
	rows := Encode(Row(json))
	for len(rows) < 16<<10 {
		rows = append(rows, rows...)
	}
	for {
		select {
		case <-c.cancelled:
			return c.Send(Canceled(), Ready())
		default:
		}
		if err := c.SendRaw(rows); err != nil {
			return err
		}
	}
}

// Serve answers every query with n rows, and every empty query with EmptyQueryResponse, until the client sends
// Terminate or closes.
func (c *Conn) Serve(n int) error {
	for {
		m, err := c.Receive()
		switch m := m.(type) {
		case nil:
			if clientLeft(err) {
				return nil
			}
			return err
		case *pgproto3.Terminate:
			return nil
		case *pgproto3.Query:
			c.query = &Query{SQL: m.String, Simple: true}
			if m.String == "" {
				err = c.Send(&pgproto3.EmptyQueryResponse{}, Ready())
			} else {
				err = c.Result(n)
			}
		default:
			if _, err = c.extended(m); err == nil {
				err = c.Result(n)
			} else if clientLeft(err) {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}

// Honest returns a script that logs every client in and answers its queries with n rows.
func Honest(n int) Script {
	return func(c *Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		return c.Serve(n)
	}
}
