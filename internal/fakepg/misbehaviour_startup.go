package fakepg

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// nasty is text with control characters that a terminal would interpret, and line breaks that would split a log entry.
const nasty = "\x1b]0;owned\x07\x1b[2J\r\nroot: fake line\x00"

// startups returns logins that fail after the StartupMessage, but not in authentication.
func startups() []Misbehaviour {
	greeted := func(change func(c *Conn) []byte) Script {
		return func(c *Conn) error { return c.SendRaw(append(Encode(ok()), change(c)...)) }
	}
	return named("startup", slices.Concat(refusals(), negotiations(), []Misbehaviour{
		{Name: "closed at once", Script: (*Conn).Close, Want: []string{"connect", "io"}},
		{Name: "reset at once", Script: (*Conn).Reset, Want: []string{"connect", "io"}},
		{Name: "ready without authentication", Script: func(c *Conn) error { return c.Greet() }},
		{Name: "ready at once", Script: atStartup(Encode(Ready()))},
		{Name: "key data first", Script: atStartup(Encode(
			&pgproto3.BackendKeyData{SecretKey: []byte("keys")}, ok(), Ready()))},
		{Name: "AuthenticationOk twice", Script: afterOk(Encode(ok()))},
		{Name: "a request for the password after AuthenticationOk", Params: withPassword, Forbidden: Password,
			Script: afterOk(Encode(&pgproto3.AuthenticationCleartextPassword{}))},
		{Name: "key data twice", Script: greeted(func(c *Conn) []byte {
			return append(Encode(&pgproto3.BackendKeyData{ProcessID: 7, SecretKey: []byte("keys")}), c.Greeting()...)
		})},
		{Name: "no key data", At: Nowhere, Rows: 2, Script: usable(func(c *Conn) error {
			if err := c.Send(ok(), Ready()); err != nil {
				return err
			}
			return c.Answer(2)
		}), Usable: true},
		{Name: "ready in a transaction", Script: greeted(readyAs('T'))},
		{Name: "ready in a failed transaction", Script: greeted(readyAs('E'))},
		{Name: "client_encoding LATIN1", Script: greeted(func(c *Conn) []byte {
			return append(encoding("LATIN1"), c.Greeting()...)
		})},
		{Name: "client_encoding SQL_ASCII", Script: greeted(func(c *Conn) []byte {
			return append(Parameters(), append(encoding("SQL_ASCII"), Encode(Ready())...)...)
		})},
		{Name: "an error after AuthenticationOk", Want: []string{"server"}, Code: "57P03",
			Script: afterOk(Encode(fatal("57P03", "the database system is shutting down")))},
		{Name: "a notice that a terminal would obey", At: Nowhere, Rows: 2, Usable: true,
			Script: usable(func(c *Conn) error {
				notice := Frame('N', "SNOTICE\x00C00000\x00M"+strings.TrimSuffix(nasty, "\x00")+"\x00\x00")
				if err := c.SendRaw(slices.Concat(Encode(ok()), notice, c.Greeting())); err != nil {
					return err
				}
				return c.Answer(2)
			})},
	}))
}

// refusals returns errors in place of a login.
func refusals() []Misbehaviour {
	return []Misbehaviour{
		{Name: "too many connections", Script: refusal("53300", "too many"), Want: []string{"server"}, Code: "53300"},
		{Name: "starting up", Script: refusal("57P03", "starting up"), Want: []string{"server"}, Code: "57P03"},
		{Name: "no such database", Script: refusal("3D000", "no such database"), Want: []string{"server"}, Code: "3D000"},
		{Name: "no entry in pg_hba.conf", Script: refusal("28000", "no entry"), Want: []string{"auth"}, Code: "28000"},
		{Name: "an error that a terminal would obey", Script: atStartup(Frame('E', "SFATAL\x00CXX000\x00M"+nasty+"\x00")),
			Want: []string{"server"}, Code: "XX000"},
		{Name: "an error of 900 kB", Script: refusal("XX000", strings.Repeat("A", 900_000)), Want: []string{"server"}},
		{Name: "an error without fields", Script: atStartup(Frame('E', "\x00")), Want: []string{"server", "protocol"}},
		{Name: "an error with unknown fields", Script: atStartup(Frame('E', "SFATAL\x00CXX000\x00Mx\x00@y\x00\xffz\x00\x00")),
			Want: []string{"server"}, Code: "XX000"},
		{Name: "an error with a position beyond int32",
			Script: atStartup(Frame('E', "SFATAL\x00CXX000\x00Mx\x00P99999999999999999999\x00L-1\x00\x00")),
			Want:   []string{"server"}, Code: "XX000"},
		{Name: "the error of protocol 2", Script: atStartup([]byte("EFATAL:  unsupported frontend protocol\n\x00")),
			Want: []string{"protocol", "server"}},
	}
}

// negotiations returns answers to a client that asked for protocol 3.0 or 3.2 without protocol options
// ("NegotiateProtocolVersion").
func negotiations() []Misbehaviour {
	negotiate := func(version uint32, options ...string) Script {
		return func(c *Conn) error {
			return c.SendRaw(slices.Concat(
				Encode(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: version, UnrecognizedOptions: options}, ok()),
				c.Greeting()))
		}
	}
	const latest = "max_protocol_version=3.2"
	return []Misbehaviour{
		{Name: "unsolicited negotiation", Script: negotiate(3 << 16)},
		{Name: "negotiation up to 3.2", Script: negotiate(3<<16 | 2)},
		{Name: "negotiation up to 3.9999", Script: negotiate(3<<16 | 9999)},
		{Name: "negotiation up from 3.2", Script: negotiate(3<<16 | 3), Params: latest},
		{Name: "negotiation of 3.2 to 3.2", Script: negotiate(3<<16 | 2), Params: latest},
		{Name: "negotiation down to 3.1, which does not exist", Script: negotiate(3<<16 | 1), Params: latest},
		{Name: "negotiation down to 2.0", Script: negotiate(2 << 16), Params: latest},
		{Name: "negotiation up to 4.0", Script: negotiate(4 << 16), Params: latest},
		{Name: "an option that was not sent", Script: negotiate(3<<16, "_pq_.never"), Params: latest},
		{Name: "an option that is not a protocol option", Script: negotiate(3<<16, "user"), Params: latest},
		{Name: "negotiation below the minimum", Script: negotiate(3 << 16),
			Params: latest + "&min_protocol_version=3.2", Want: []string{"config", "protocol"}},
		{Name: "negotiation twice", Params: latest, Script: func(c *Conn) error {
			once := Encode(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: 3 << 16})
			return c.SendRaw(slices.Concat(once, once, Encode(ok()), c.Greeting()))
		}},
	}
}

// strangers returns servers of other protocols. Some send first, others answer what the client sends.
func strangers() []Misbehaviour {
	answers := map[string]string{
		"HTTP":   "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request",
		"SSH":    "SSH-2.0-OpenSSH_9.6\r\n",
		"SMTP":   "220 mail.example ESMTP\r\n",
		"TLS":    "\x15\x03\x01\x00\x02\x02\x46",
		"MySQL":  "\x4a\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00",
		"Redis":  "-ERR Protocol error: unauthenticated multibulk length\r\n",
		"Mongo":  "\x30\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00",
		"FTP":    "220 (vsFTPd 3.0.5)\r\n",
		"telnet": "\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27",
		"zeroes": strings.Repeat("\x00", 64),
		"ones":   strings.Repeat("\xff", 64),
	}
	var rows []Misbehaviour
	for name, answer := range answers {
		talk := func(c *Conn) error {
			if err := c.SendRaw([]byte(answer)); err != nil {
				return err
			}
			return c.CloseWrite()
		}
		rows = append(rows,
			Misbehaviour{Name: name + " at once", Script: talk, Server: []Option{Raw()}, Params: withPassword,
				Forbidden: Password, Want: []string{"protocol", "connect", "io"}},
			Misbehaviour{Name: name + " as an answer", Script: talk, Params: withPassword,
				Forbidden: Password, Want: []string{"protocol", "connect", "io"}},
			Misbehaviour{Name: name + " as an answer to SSLRequest", Script: talk, Params: "sslmode=require&" + withPassword,
				Server: []Option{OnSSLRequest(AnswerSSL([]byte(answer)))}, Over: OverTCP, Forbidden: "user\x00",
				Want: []string{"protocol", "tls"}},
		)
	}
	slices.SortFunc(rows, func(a, b Misbehaviour) int { return strings.Compare(a.Name, b.Name) })
	return named("stranger", rows)
}

func afterOk(b []byte) Script {
	return func(c *Conn) error { return c.SendRaw(slices.Concat(Encode(ok()), b, c.Greeting())) }
}

func refusal(code, message string) Script {
	return func(c *Conn) error {
		if err := c.Send(fatal(code, message)); err != nil {
			return err
		}
		return c.CloseWrite()
	}
}

func fatal(code, message string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: code, Message: message}
}

func readyAs(status byte) func(*Conn) []byte {
	return func(c *Conn) []byte {
		greeting := c.Greeting()
		greeting[len(greeting)-1] = status
		return greeting
	}
}

func encoding(name string) []byte {
	return Encode(&pgproto3.ParameterStatus{Name: "client_encoding", Value: name})
}
