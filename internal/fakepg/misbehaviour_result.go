package fakepg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// results returns answers whose messages are well formed, but come in a wrong order or number.
func results() []Misbehaviour {
	return named("result", slices.Concat(tags(), endings(), serverErrors()))
}

// tags returns answers with a CommandComplete after two rows.
func tags() []Misbehaviour {
	wrong := []string{
		"SELECT 1", "SELECT 3", "SELECT 0", "SELECT 18446744073709551615", "SELECT 18446744073709551618",
		"SELECT 99999999999999999999999999", "SELECT 4294967298", "FETCH 1",
	}
	var rows []Misbehaviour
	afterRows := func(tag string) Script {
		return answering(func(c *Conn) []byte { return concat(c.Head(), Rows(2), Encode(Tag(tag), Ready())) })
	}
	for _, tag := range wrong {
		rows = append(rows, Misbehaviour{Name: "tag " + tag, At: AtRows, Rows: 2, Script: afterRows(tag)})
	}
	for _, tag := range []string{"INSERT 0 2", "UPDATE 2", "DELETE 2", "MERGE 2"} {
		rows = append(rows, Misbehaviour{Name: "tag " + tag, At: AtRows, Rows: 2, Want: []string{"usage"}, Usable: true,
			Script: usable(afterRows(tag))})
	}
	for _, tag := range []string{"SELECT 2", "FETCH 2", "SELECT", "SHOW"} {
		rows = append(rows, Misbehaviour{Name: "tag " + tag, At: Nowhere, Rows: 2, Usable: true, Script: usable(afterRows(tag))})
	}
	for _, n := range []int{0, 1, 255, 256, 1023, 1024, 1025} {
		rows = append(rows, Misbehaviour{Name: fmt.Sprintf("%d rows and one more counted", n), At: AtRows, Rows: n,
			Script: answering(func(c *Conn) []byte { return slices.Concat(c.Head(), Rows(n), End(n+1)) })})
	}
	return rows
}

// endings returns answers with something else in place of the end of the result, or of its beginning.
func endings() []Misbehaviour {
	row := func(name string, messages ...pgproto3.BackendMessage) Misbehaviour {
		return Misbehaviour{Name: name, At: AtRows, Rows: 2, Script: inRows(Encode(messages...))}
	}
	before := func(name string, part func(head []byte) []byte) Misbehaviour {
		return Misbehaviour{Name: name, At: AtQuery, Extended: true,
			Script: answering(func(c *Conn) []byte { return part(c.Head()) })}
	}
	tail := append(Rows(1), End(1)...)
	return []Misbehaviour{
		row("premature ReadyForQuery", Ready()),
		row("a second description", Data()),
		row("ready in a transaction", Tag("SELECT 2"), &pgproto3.ReadyForQuery{TxStatus: 'T'}),
		row("ready in a failed transaction", Tag("SELECT 2"), &pgproto3.ReadyForQuery{TxStatus: 'E'}),
		{Name: "a second result", At: AtRows, Rows: 2, Extended: true,
			Script: inRows(Encode(Tag("SELECT 2"), Data(), Row("{}"), Tag("SELECT 1")))},
		{Name: "a second CommandComplete", At: AtRows, Rows: 2, Extended: true,
			Script: inRows(Encode(Tag("SELECT 2"), Tag("SELECT 2")))},
		row("portal suspended", &pgproto3.PortalSuspended{}),
		row("a row after CommandComplete", Tag("SELECT 2"), Row("{}")),
		row("a row with another number of columns", &pgproto3.DataRow{Values: [][]byte{[]byte("{}"), []byte("{}")}}),
		before("ReadyForQuery at once", func([]byte) []byte { return Encode(Ready()) }),
		before("ReadyForQuery after Parse", func(h []byte) []byte { return concat(h[:5], Encode(Ready())) }),
		before("ReadyForQuery after Bind", func(h []byte) []byte { return concat(h[:10], Encode(Ready())) }),
		before("Bind before Parse", func(h []byte) []byte { return concat(h[5:10], h[:5], h[10:], tail) }),
		before("Bind alone", func(h []byte) []byte { return concat(h[5:], tail) }),
		before("description alone", func(h []byte) []byte { return concat(h[10:], tail) }),
		before("Parse twice", func(h []byte) []byte { return concat(h[:5], h, tail) }),
		before("Bind twice", func(h []byte) []byte { return concat(h[:10], h[5:], tail) }),
		before("a row before its description", func(h []byte) []byte { return concat(h[:10], Rows(1), h[10:], tail) }),
		before("a row at once", func([]byte) []byte { return tail }),
		{Name: "client_encoding LATIN1", At: AtRows, Rows: 2, Script: inRows(encoding("LATIN1"))},
		{Name: "client_encoding before the rows", At: AtQuery, Extended: true,
			Script: answering(func(c *Conn) []byte { return concat(encoding("EUC_JP"), c.Head(), tail) })},
		{Name: "CopyOut", At: AtQuery, Extended: true, Want: []string{"usage", "protocol"}, Cancels: 99,
			Script: answering(func(c *Conn) []byte {
				return concat(c.Opening(), Encode(&pgproto3.CopyOutResponse{ColumnFormatCodes: []uint16{0}},
					&pgproto3.CopyData{Data: []byte("x")}, &pgproto3.CopyDone{}, Tag("COPY 1"), Ready()))
			})},
		{Name: "CopyIn", At: AtQuery, Extended: true, Want: []string{"usage", "protocol"}, Cancels: 99,
			Script: answering(func(c *Conn) []byte {
				return concat(c.Opening(), Encode(&pgproto3.CopyInResponse{ColumnFormatCodes: []uint16{0}}))
			})},
		{Name: "CopyBoth", At: AtQuery, Extended: true, Want: []string{"usage", "protocol"}, Cancels: 99,
			Script: answering(func(c *Conn) []byte {
				return concat(c.Opening(), Encode(&pgproto3.CopyBothResponse{ColumnFormatCodes: []uint16{0}}))
			})},
		{Name: "CopyOut inside a result", At: AtRows, Rows: 2, Want: []string{"usage", "protocol"}, Cancels: 99,
			Script: inRows(Encode(&pgproto3.CopyOutResponse{}, &pgproto3.CopyData{Data: []byte("x")}))},
	}
}

// serverErrors returns errors that end a query as usual, and errors that are followed by what no server sends.
func serverErrors() []Misbehaviour {
	refused := Encode(Refusal("40001", "could not serialize"))
	last := Encode(fatal("57P01", "terminating connection due to administrator command"))
	closing := func(part func(c *Conn) []byte) Script {
		return func(c *Conn) error {
			if err := answering(part)(c); err != nil {
				return err
			}
			return c.Close()
		}
	}
	rowsAnd := func(b ...[]byte) func(c *Conn) []byte {
		return func(c *Conn) []byte { return concat(c.Head(), Rows(2), concat(b...)) }
	}
	server := []string{"server"}
	return []Misbehaviour{
		{Name: "an error in place of Parse", At: AtQuery, Want: server, Code: "40001", Usable: true,
			Script: usable(answering(func(*Conn) []byte { return concat(refused, Encode(Ready())) }))},
		{Name: "an error after rows", At: AtRows, Rows: 2, Want: server, Code: "40001", Usable: true,
			Script: usable(answering(rowsAnd(refused, Encode(Ready()))))},
		{Name: "an error after CommandComplete", At: AtRows, Rows: 2, Want: server, Code: "40001", Usable: true,
			Script: usable(answering(rowsAnd(Encode(Tag("SELECT 2")), refused, Encode(Ready()))))},
		{Name: "the server terminates, in rows", At: AtRows, Rows: 2, Want: server, Code: "57P01",
			Script: closing(rowsAnd(last))},
		{Name: "the server terminates, in place of Parse", At: AtQuery, Want: server, Code: "57P01",
			Script: closing(func(*Conn) []byte { return last })},
		{Name: "an error, and EOF", At: AtRows, Rows: 2, Want: server, Code: "40001", Script: closing(rowsAnd(refused))},
		{Name: "rows after an error", At: AtRows, Rows: 2, Want: []string{"server", "protocol"},
			Script: answering(rowsAnd(refused, Rows(1), Encode(Ready())))},
		{Name: "a second error", At: AtRows, Rows: 2, Want: []string{"server", "protocol"},
			Script: answering(rowsAnd(refused, refused, Encode(Ready())))},
		{Name: "CommandComplete after an error", At: AtRows, Rows: 2, Want: []string{"server", "protocol"},
			Script: answering(rowsAnd(refused, End(2)))},
		{Name: "an error that a terminal would obey", At: AtRows, Rows: 2, Want: server, Code: "XX000", Usable: true,
			Script: usable(answering(rowsAnd(
				Frame('E', "SERROR\x00CXX000\x00M"+nasty+"D"+nasty+"H"+nasty+"\x00"), Encode(Ready()))))},
		{Name: "an error with an escape in its code", At: AtRows, Rows: 2, Want: server, Usable: true,
			Script: usable(answering(rowsAnd(
				Frame('E', "SERROR\x1b[0m\x00C\x1b[2J\x00M\xff\xfe\u202e\x00\x00"), Encode(Ready()))))},
		{Name: "an error of 1 MiB", At: AtRows, Rows: 2, Memory: 32 << 20, Want: server, Usable: true,
			Script: usable(answering(rowsAnd(Encode(Refusal("XX000", string(make1MiB())), Ready()))))},
		{Name: "an error of 2 MiB", At: AtRows, Rows: 2, Memory: 32 << 20, Want: server, Code: "P0001", Usable: true,
			Script: usable(answering(rowsAnd(Encode(longRefusal("P0001"), Ready()))))},
		{Name: "an error of 2 MiB in place of Parse", At: AtQuery, Memory: 32 << 20, Want: server, Code: "40001", Usable: true,
			Script: usable(answering(func(*Conn) []byte { return Encode(longRefusal("40001"), Ready()) }))},
		{Name: "an error, and nothing", At: AtRows, Rows: 2, Want: []string{"server", "timeout"}, Silent: true, Cancels: 99,
			Script: answering(rowsAnd(refused))},
	}
}

// make1MiB returns a text that just fits into a message.
func make1MiB() []byte { return slices.Repeat([]byte("A"), 1<<20-100) }

// schemas returns descriptions other than one column named data of type json or jsonb. The query ends, and the
// connection stays usable.
func schemas() []Misbehaviour {
	field := func(name string, oid uint32, format int16) pgproto3.FieldDescription {
		return pgproto3.FieldDescription{
			Name: []byte(name), DataTypeOID: oid, DataTypeSize: -1, TypeModifier: -1, Format: format}
	}
	good := field("data", JSON, 0)
	tests := []struct {
		name   string
		fields []pgproto3.FieldDescription
	}{
		{"no column", nil},
		{"two columns", []pgproto3.FieldDescription{good, good}},
		{"1600 columns", slices.Repeat([]pgproto3.FieldDescription{good}, 1600)},
		{"another name", []pgproto3.FieldDescription{field("datA", JSON, 0)}},
		{"a name that a terminal would obey", []pgproto3.FieldDescription{field("\x1b[2J\r\n", JSON, 0)}},
		{"no name", []pgproto3.FieldDescription{field("", JSON, 0)}},
		{"text", []pgproto3.FieldDescription{field("data", 25, 0)}},
		{"an array of json", []pgproto3.FieldDescription{field("data", 199, 0)}},
		{"type 0", []pgproto3.FieldDescription{field("data", 0, 0)}},
		{"type 4294967295", []pgproto3.FieldDescription{field("data", 1<<32-1, 0)}},
		{"binary format", []pgproto3.FieldDescription{field("data", JSONB, 1)}},
		{"format 7", []pgproto3.FieldDescription{field("data", JSON, 7)}},
	}
	var rows []Misbehaviour
	for _, tt := range tests {
		rows = append(rows, Misbehaviour{Name: tt.name, At: AtQuery, Extended: true, Want: []string{"schema"}, Usable: true,
			Cancels: 99, Script: usable(answering(func(c *Conn) []byte {
				return concat(c.Opening(), Encode(&pgproto3.RowDescription{Fields: tt.fields}), Encode(Tag("SELECT 0"), Ready()))
			}))})
	}
	endless := Misbehaviour{Name: "two columns without end", At: AtQuery, Extended: true, Want: []string{"schema"},
		Usable: true, Cancels: 99, Script: usable(func(c *Conn) error {
			two := &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{good, good}}
			if err := answering(func(c *Conn) []byte { return concat(c.Opening(), Encode(two)) })(c); err != nil {
				return err
			}
			return c.Endless(`{}`)
		})}
	return named("schema", append(rows, endless,
		Misbehaviour{Name: "no result", At: AtQuery, Extended: true, Want: []string{"schema"}, Usable: true, Cancels: 99,
			Script: usable(answering(func(c *Conn) []byte {
				return concat(c.Opening(), Encode(&pgproto3.NoData{}, Tag("SET"), Ready()))
			}))},
		Misbehaviour{Name: "an empty statement", At: AtQuery, Extended: true, Want: []string{"usage", "schema"}, Usable: true,
			Cancels: 99, Script: usable(answering(func(c *Conn) []byte {
				return concat(c.Opening(), Encode(&pgproto3.NoData{}, &pgproto3.EmptyQueryResponse{}, Ready()))
			}))},
	))
}

func concat(parts ...[]byte) []byte { return slices.Concat(parts...) }

// longRefusal returns an error with four texts of 512 KiB.
func longRefusal(code string) *pgproto3.ErrorResponse {
	long := strings.Repeat("x", 512<<10)
	return &pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: code, Message: long, Detail: long,
		Hint: long, Where: long}
}
