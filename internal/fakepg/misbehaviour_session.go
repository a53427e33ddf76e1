package fakepg

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Settings are the settings of clients with Misbehaviour.Session: names and values alternate.
var Settings = [...]string{"app.tenant", "a", "search_path", "app"}

// settingsLies returns wrong answers to the statement that makes the settings, and unusual but correct ones.
func settingsLies() []Misbehaviour {
	made, good := Tag("SELECT 1"), settingsRow()
	wrong := []struct {
		name    string
		between []pgproto3.BackendMessage
	}{
		{"no row", []pgproto3.BackendMessage{made}},
		{"no row, and SELECT 0", []pgproto3.BackendMessage{Tag("SELECT 0")}},
		{"two rows", []pgproto3.BackendMessage{good, good, Tag("SELECT 2")}},
		{"a row of one column", []pgproto3.BackendMessage{columns("a"), made}},
		{"a row of three columns", []pgproto3.BackendMessage{columns("a", "app", "x"), made}},
		{"a row of no columns", []pgproto3.BackendMessage{columns(), made}},
		{"a description", []pgproto3.BackendMessage{Data(), good, made}},
		{"a description after the row", []pgproto3.BackendMessage{good, Data(), made}},
		{"no columns", []pgproto3.BackendMessage{&pgproto3.NoData{}, good, made}},
		{"an empty statement", []pgproto3.BackendMessage{&pgproto3.EmptyQueryResponse{}}},
		{"no end", []pgproto3.BackendMessage{good}},
		{"two ends", []pgproto3.BackendMessage{good, made, made}},
		{"another tag", []pgproto3.BackendMessage{good, Tag("SET")}},
		{"another count", []pgproto3.BackendMessage{good, Tag("SELECT 2")}},
		{"suspended", []pgproto3.BackendMessage{good, &pgproto3.PortalSuspended{}}},
		{"ready", []pgproto3.BackendMessage{good, made, Ready()}},
		{"ready before the row", []pgproto3.BackendMessage{Ready(), good, made}},
		{"an error, and success", []pgproto3.BackendMessage{good, Refusal("22023", "no"), made}},
		{"a statement closed", []pgproto3.BackendMessage{&pgproto3.CloseComplete{}, good, made}},
		{"COPY", []pgproto3.BackendMessage{&pgproto3.CopyOutResponse{}, &pgproto3.CopyDone{}, made}},
	}
	var rows []Misbehaviour
	for _, tt := range wrong {
		m := Misbehaviour{Name: tt.name, At: AtQuery, Script: between(tt.between...)}
		if tt.name == "an error, and success" {
			m.Want = []string{"server", "protocol"}
		}
		rows = append(rows, m)
	}
	tail := concat(Rows(2), End(2))
	own := func(c *Conn) []byte { return concat(begun(true), Encode(Data())) }
	answer := func(name string, part func(c *Conn) []byte) Misbehaviour {
		return Misbehaviour{Name: name, At: AtQuery, Script: answering(part)}
	}
	cut := func(c *Conn) []byte { b := Encode(c.SettingsRow()); b[len(b)-2-len(Settings[3])]++; return b }
	rows = append(rows,
		answer("left out", func(c *Conn) []byte { return concat(own(c), tail) }),
		answer("after the query", func(c *Conn) []byte { return concat(own(c), c.SettingsMade(), tail) }),
		answer("made twice", func(c *Conn) []byte { return concat(c.SettingsMade(), c.SettingsMade(), own(c), tail) }),
		answer("a value longer than its row", func(c *Conn) []byte {
			return concat(begun(true), cut(c), Encode(made), own(c), tail)
		}),
		answer("a row above the limit", func(c *Conn) []byte { return concat(begun(true), Claim('D', 2<<20, "\x00\x02")) }),
	)
	rows = append(rows, soundSettings(good, made)...)
	for i := range rows {
		rows[i].Session, rows[i].Extended = true, true
	}
	return named("settings", rows)
}

// settingsRow returns the row that answers Settings.
func settingsRow() pgproto3.BackendMessage { return columns(Settings[1], Settings[3]) }

// columns returns a row of several columns.
func columns(values ...string) pgproto3.BackendMessage {
	r := &pgproto3.DataRow{}
	for _, v := range values {
		r.Values = append(r.Values, []byte(v))
	}
	return r
}

// between answers the settings with these messages after BindComplete, and answers the query as if nothing had
// happened.
func between(messages ...pgproto3.BackendMessage) Script {
	return answering(func(c *Conn) []byte {
		return concat(begun(true), Encode(messages...), begun(true), Encode(Data()), Rows(2), End(2))
	})
}

// soundSettings returns answers that a correct server may give.
func soundSettings(good, made pgproto3.BackendMessage) []Misbehaviour {
	refused := func(name string, before ...pgproto3.BackendMessage) Misbehaviour {
		return Misbehaviour{Name: name, At: AtQuery, Want: []string{"server"}, Code: "22023", Usable: true,
			Script: usable(answering(func(*Conn) []byte {
				return Encode(append(before, Refusal("22023", `invalid value for parameter "search_path"`), Ready())...)
			}))}
	}
	one, two := &pgproto3.ParseComplete{}, &pgproto3.BindComplete{}
	odd := []pgproto3.BackendMessage{
		&pgproto3.NoticeResponse{Severity: "NOTICE", Code: "00000", Message: "odd"}, good,
		&pgproto3.ParameterStatus{Name: "search_path", Value: "app"}, made,
	}
	return []Misbehaviour{
		refused("refused in place of Parse"),
		refused("refused in place of Bind", one),
		refused("refused in place of the row", one, two),
		refused("refused after the row", one, two, good), // an interrupt can occur there
		{Name: "with a notice and a report", At: Nowhere, Rows: 2, Usable: true, Script: usable(between(odd...))},
	}
}

// ignored reads a query and does not answer it.
func ignored(c *Conn) error {
	if _, err := c.ReadQuery(); err != nil {
		return err
	}
	return goesOn(c)
}

// goesOn calls Mark.
func goesOn(c *Conn) error {
	c.Mark()
	return nil
}

// preparedStatements returns servers on which a prepared statement is lost, exists already, or is a different one. The
// client prepares each statement when it first runs it.
func preparedStatements() []Misbehaviour {
	lost := func(code string) []byte { return Encode(Refusal(code, "prepared statement"), Ready()) }
	one := Encode(&pgproto3.ParseComplete{})
	rows := []Misbehaviour{
		{Name: "there already", At: Nowhere, Rows: 2, Usable: true,
			Script: usable(steps(prepares(lost("42P05")), unprepared(2)))},
		{Name: "lost between Parse and Bind", At: Nowhere, Rows: 2, Usable: true,
			Script: usable(steps(prepares(concat(one, lost("26000"))), unprepared(2)))},
		{Name: "lost between two runs", At: Nowhere, Rows: 2, Usable: true,
			Script: steps(prepares(nil), reuses(lost("26000")), unprepared(ReuseRows), unprepared(ReuseRows))},
		{Name: "of another type", At: Nowhere, Rows: 2, Usable: true, Script: steps(prepares(nil), reuses(lost("0A000")),
			closes(ReuseRows), prepares(nil, ReuseRows))},
		{Name: "refused for another reason", At: AtReuse, Rows: 2, Want: []string{"server"}, Code: "22P02", Usable: true,
			Script: usable(steps(prepares(nil), reuses(lost("22P02")), fails("22P02")))},
		{Name: "lost, and then the query fails", At: AtQuery, Want: []string{"server"}, Code: "42P01", Usable: true,
			Script: usable(steps(prepares(concat(one, lost("26000"))), fails("42P01")))},
		{Name: "lost every time", At: AtQuery, Want: []string{"server"}, Code: "26000", Usable: true,
			Script: usable(steps(prepares(concat(one, lost("26000"))), fails("26000")))},
		{Name: "lost with the connection", At: AtQuery, Want: []string{"server"}, Code: "26000",
			Script: steps(prepares(concat(one, lost("26000")[:len(lost("26000"))-6])), (*Conn).Close)},
		{Name: "lost, and nothing more", At: AtQuery, Want: []string{"timeout"}, Silent: true, Cancels: 99,
			Script: steps(prepares(concat(one, lost("26000")[:len(lost("26000"))-6])), goesOn)},
		{Name: "lost, and nothing for the second attempt", At: AtQuery, Want: []string{"timeout"}, Silent: true, Cancels: 99,
			Script: steps(prepares(concat(one, lost("26000"))), ignored)},
		{Name: "not parsed", At: AtQuery, Script: steps(prepares(concat(begun(false), Encode(Data()), Rows(2), End(2))))},
		{Name: "parsed again", At: AtReuse, Rows: 2, Script: steps(prepares(nil), reuses(concat(begun(true), Encode(Data()), End(0))))},
		{Name: "closed unsolicited", At: AtReuse, Rows: 2,
			Script: steps(prepares(nil), reuses(Encode(&pgproto3.CloseComplete{}, &pgproto3.BindComplete{}, Data())))},
		{Name: "described by another type", At: AtReuse, Rows: 2, Want: []string{"schema"}, Usable: true, Cancels: 99,
			Script: usable(steps(prepares(nil), reuses(concat(begun(false), Encode(Column("data", 25)), End(0)))))},
	}
	for i := range rows {
		rows[i].Prepare, rows[i].Extended = true, true
	}
	return named("prepared", rows)
}

// steps logs the client in, and runs one script after the other.
func steps(all ...Script) Script {
	return func(c *Conn) error {
		for _, s := range slices.Insert(all, 0, Script((*Conn).Login)) {
			if err := s(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// asks reads a query, for which fits must return true, and answers it with b, or with n rows if b is nil.
func asks(how string, fits func(q *Query) bool, b []byte, n int) Script {
	return func(c *Conn) error {
		q, err := c.ReadQuery()
		switch {
		case err != nil:
			return err
		case !fits(q):
			return fmt.Errorf("expect a query %s, got %+v", how, *q)
		case b != nil:
			return c.SendRaw(b)
		}
		return c.Result(n)
	}
}

// prepares expects a query that is parsed into a named statement. If answer is nil, it is answered with rows.
func prepares(answer []byte, rows ...int) Script {
	n := 2
	if len(rows) > 0 {
		n = rows[0]
	}
	return asks("that prepares", func(q *Query) bool { return q.Statement != "" && q.Parsed && len(q.Closes) == 0 }, answer, n)
}

// reuses expects a query that runs a statement prepared before.
func reuses(answer []byte) Script {
	return asks("that reuses", func(q *Query) bool { return q.Statement != "" && !q.Parsed }, answer, 0)
}

// unprepared expects a query that runs the unnamed statement, and closes no other.
func unprepared(n int) Script {
	return asks("not prepared", func(q *Query) bool { return q.Statement == "" && len(q.Closes) == 0 }, nil, n)
}

// closes expects a query that runs the unnamed statement, and closes a prepared one.
func closes(n int) Script {
	return asks("that closes", func(q *Query) bool { return q.Statement == "" && len(q.Closes) == 1 }, nil, n)
}

// fails expects a query that runs the unnamed statement, and answers it with an error.
func fails(code string) Script {
	return func(c *Conn) error {
		q, err := c.ReadQuery()
		switch {
		case err != nil:
			return err
		case q.Statement != "":
			return fmt.Errorf("expect a query not prepared, got %+v", *q)
		}
		return c.SendRaw(concat(c.Closing(), Encode(Refusal(code, "refused"), Ready())))
	}
}
