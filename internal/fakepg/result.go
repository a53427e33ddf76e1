package fakepg

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Type OIDs that a column data may have.
const (
	JSON  = 114
	JSONB = 3802
)

// Data is the RowDescription that the library wants: one column data of type json.
func Data() *pgproto3.RowDescription { return Column("data", JSON) }

// Column is a RowDescription of one column.
func Column(name string, oid uint32) *pgproto3.RowDescription {
	return &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{
		{Name: []byte(name), DataTypeOID: oid, DataTypeSize: -1, TypeModifier: -1},
	}}
}

// Row is a DataRow of one column.
func Row(json string) *pgproto3.DataRow { return &pgproto3.DataRow{Values: [][]byte{[]byte(json)}} }

// Null is a DataRow of one column that is SQL NULL.
func Null() *pgproto3.DataRow { return &pgproto3.DataRow{Values: [][]byte{nil}} }

// Rows are n rows {"n":0}, {"n":1}, ...
func Rows(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, Encode(Row(fmt.Sprintf(`{"n":%d}`, i)))...)
	}
	return b
}

// Tag is a CommandComplete.
func Tag(tag string) *pgproto3.CommandComplete {
	return &pgproto3.CommandComplete{CommandTag: []byte(tag)}
}

// Ready is ReadyForQuery outside a transaction.
func Ready() *pgproto3.ReadyForQuery { return &pgproto3.ReadyForQuery{TxStatus: 'I'} }

// Refusal is an ErrorResponse.
func Refusal(code, message string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: code, Message: message}
}

// Canceled is what a server says after a CancelRequest.
func Canceled() *pgproto3.ErrorResponse {
	return Refusal("57014", "canceling statement due to user request")
}

// Head is what the answer to the last query read begins with, up to RowDescription.
func (c *Conn) Head() []byte { return append(c.Opening(), Encode(Data())...) }

// Opening is Head without RowDescription.
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

// begun is the answer to Bind, and to the Parse before it.
func begun(parsed bool) []byte {
	if parsed {
		return Encode(&pgproto3.ParseComplete{}, &pgproto3.BindComplete{})
	}
	return Encode(&pgproto3.BindComplete{})
}

// Closing is the answer to the Closes in front of the last query read.
func (c *Conn) Closing() []byte {
	var b []byte
	for range c.query.Closes {
		b = append(b, Encode(&pgproto3.CloseComplete{})...)
	}
	return b
}

// SettingsMade is the answer to the settings in front of the last query read.
func (c *Conn) SettingsMade() []byte {
	if c.query.Settings == nil {
		return nil
	}
	return concat(begun(c.query.Settings.Parsed), Encode(c.SettingsRow(), Tag("SELECT 1")))
}

// SettingsRow has the values of the settings.
func (c *Conn) SettingsRow() *pgproto3.DataRow {
	row := &pgproto3.DataRow{}
	for i := 1; i < len(c.query.Settings.Args); i += 2 {
		row.Values = append(row.Values, c.query.Settings.Args[i])
	}
	return row
}

// End is what the answer ends with after n rows.
func End(n int) []byte { return Encode(Tag(fmt.Sprintf("SELECT %d", n)), Ready()) }

// Result is a whole answer of n rows to the last query read.
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

// Endless sends rows until a CancelRequest is let through, and then ends the query with 57014, as a server does. It
// fails when the client closes.
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

// Serve answers every query with n rows, and every empty one as such, until Terminate or the client's close.
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

// Honest logs every client in and answers its queries with n rows.
func Honest(n int) Script {
	return func(c *Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		return c.Serve(n)
	}
}
