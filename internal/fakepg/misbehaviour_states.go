package fakepg

import (
	"fmt"
	"slices"
	"strings"
)

// state is a point in a session at which a message can be illegal.
type state struct {
	name  string
	legal string // types that are legal in this state, or about which "Message Flow" is silent
	at    Moment
	rows  int
	// before is what the server has sent since the query, if this is a state within an answer
	before string
	script func(message []byte) Script // if it is not
	// session: the query is sent with Settings
	session bool
}

var states = []state{
	{name: "startup", legal: "RENv", at: AtConnect, script: func(m []byte) Script {
		return func(c *Conn) error { return c.SendRaw(slices.Concat(m, Encode(ok()), c.Greeting())) }
	}},
	{name: "after AuthenticationOk", legal: "KSENZA", at: AtConnect, script: func(m []byte) Script {
		return func(c *Conn) error { return c.SendRaw(slices.Concat(Encode(ok()), m, c.Greeting())) }
	}},
	{name: "after BackendKeyData", legal: "SENZA", at: AtConnect, script: func(m []byte) Script {
		return func(c *Conn) error {
			greeting := c.Greeting()
			return c.SendRaw(slices.Concat(Encode(ok()), greeting[:len(greeting)-6], m, greeting[len(greeting)-6:]))
		}
	}},
	{name: "after Parse", legal: "1EASN", at: AtQuery},
	{name: "after ParseComplete", legal: "2EASN", at: AtQuery, before: parsed},
	{name: "after BindComplete", legal: "TnCIEASN", at: AtQuery, before: parsed + bound},
	{name: "after Parse of the settings", legal: "1EASN", at: AtQuery, session: true},
	{name: "after ParseComplete of the settings", legal: "2EASN", at: AtQuery, session: true, before: parsed},
	{name: "after BindComplete of the settings", legal: "DEASN", at: AtQuery, session: true, before: parsed + bound},
	{name: "after the settings' row", legal: "CEASN", at: AtQuery, session: true,
		before: parsed + bound + string(Encode(settingsRow()))},
	{name: "after the settings", legal: "1EASN", at: AtQuery, session: true,
		before: parsed + bound + string(Encode(settingsRow(), Tag("SELECT 1")))},
	{name: "in rows", legal: "DCEASN", at: AtRows, rows: 2, before: "head"},
	{name: "after CommandComplete", legal: "ZEASN", at: AtRows, rows: 2,
		before: "head" + string(Frame('C', samples['C']))},
	{name: "after ErrorResponse", legal: "ZASN", at: AtRows, rows: 2,
		before: "head" + string(Frame('E', samples['E']))},
}

// wrongStates sends every type of message, well formed, in every state in which it is illegal.
func wrongStates() []Misbehaviour {
	var rows []Misbehaviour
	for _, s := range states {
		for _, typ := range []byte(order) {
			if strings.IndexByte(s.legal, typ) >= 0 {
				continue
			}
			m := Misbehaviour{
				Name: fmt.Sprintf("%q %s", typ, s.name), At: s.at, Rows: s.rows, Extended: true, Session: s.session,
				Script: s.illegal(Frame(typ, samples[typ])),
			}
			switch {
			case strings.HasSuffix(s.name, "ErrorResponse"):
				m.Want = []string{"protocol", "server"} // the client may report the server's error instead
			case strings.IndexByte("GHW", typ) >= 0 && s.at != AtConnect:
				m.Want = []string{"protocol", "usage"} // the client may assume that the statement is a COPY
			}
			rows = append(rows, m)
		}
	}
	return named("wrong state", rows)
}

func (s state) illegal(message []byte) Script {
	if s.script != nil {
		return s.script(message)
	}
	return answering(func(c *Conn) []byte {
		before := []byte(s.before)
		if rest, ok := strings.CutPrefix(s.before, "head"); ok {
			before = slices.Concat(c.Head(), Rows(2), []byte(rest))
		}
		return slices.Concat(before, message, afterwards())
	})
}
