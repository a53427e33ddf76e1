package fakepg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// hostile is Login for a script that expects the login to fail: that the client leaves is then not an error.
func (s SCRAM) hostile(c *Conn) error {
	if err := s.Login(c); err != nil && !strings.HasPrefix(err.Error(), "login: ") {
		return err
	}
	return nil
}

// scramLies returns servers that do not know the password, or violate the exchange (RFC 5802, RFC 7677).
func scramLies() []Misbehaviour {
	rows := slices.Concat(challenges(), outcomes(), exchanges())
	for i := range rows {
		rows[i].Params = withPassword
		rows[i].Forbidden = Password
		if strings.HasSuffix(rows[i].Name, "500 kB") {
			rows[i].Memory = 32 << 20 // what both sides need to hash a message below the limit
		}
		if rows[i].Want == nil {
			rows[i].Want = []string{"auth", "protocol"}
		}
	}
	return named("SCRAM", rows)
}

// challenges returns server-first-messages. Without a bound on the iterations, the server can keep the client busy for
// any length of time (CVE-2026-42198, RUSTSEC-2026-0179).
func challenges() []Misbehaviour {
	long := strings.Repeat("x", 500_000)
	edits := map[string]func(nonce, salt, iterations string) string{
		"nonce not extended":     func(n, s, i string) string { return "r=" + n[:len(n)/2] + "," + s + "," + i },
		"nonce of another login": func(n, s, i string) string { return "r=" + string(n[0]^1) + n[1:] + "," + s + "," + i },
		"nonce empty":            func(_, s, i string) string { return "r=," + s + "," + i },
		"nonce with a comma":     func(n, s, i string) string { return "r=" + n + ",x," + s + "," + i },
		"nonce with a control":   func(n, s, i string) string { return "r=" + n + "\x1b[2J," + s + "," + i },
		"nonce of 500 kB":        func(n, s, i string) string { return "r=" + n + long + "," + s + "," + i },
		"salt empty":             func(n, _, i string) string { return "r=" + n + ",s=," + i },
		"salt not base64":        func(n, _, i string) string { return "r=" + n + ",s=%%%%," + i },
		"salt with a line break": func(n, _, i string) string { return "r=" + n + ",s=eHh4\neHh4," + i },
		"salt missing":           func(n, _, i string) string { return "r=" + n + "," + i },
		"order changed":          func(n, s, i string) string { return s + ",r=" + n + "," + i },
		"mandatory extension":    func(n, s, i string) string { return "m=x,r=" + n + "," + s + "," + i },
		"extension at the end":   func(n, s, i string) string { return "r=" + n + "," + s + "," + i + ",x=y" },
		"empty":                  func(_, _, _ string) string { return "" },
		"NUL inside":             func(n, s, i string) string { return "r=" + n + "," + s + "," + i + "\x00" },
		"error instead":          func(_, _, _ string) string { return "e=unknown-user" },
		"not UTF-8":              func(n, s, i string) string { return "r=" + n + "\xff," + s + "," + i },
		"iterations missing":     func(n, s, _ string) string { return "r=" + n + "," + s },
		"equal sign missing":     func(n, s, _ string) string { return "r=" + n + "," + s + ",i" },
		"attributes in capitals": func(n, s, i string) string { return "R=" + n + "," + s + "," + i },
		"nonce backwards":        func(n, s, i string) string { return "r=" + backwards(n) + "," + s + "," + i },
	}
	for _, count := range []string{
		"0", "-1", "", "x", "04096", "+4096", " 4096", "4096 ", "4096.0", "0x1000", "2000001", "2147483647", "4294967296",
		"9223372036854775807", "99999999999999999999999999",
	} {
		edits[fmt.Sprintf("%q iterations", count)] = func(n, s, _ string) string { return "r=" + n + "," + s + ",i=" + count }
	}
	var rows []Misbehaviour
	for name, edit := range edits {
		rows = append(rows, Misbehaviour{Name: "challenge: " + name, Script: SCRAM{
			Password: Password, Accept: true, EditFirst: func(first string) string {
				part := strings.SplitN(first, ",", 3)
				return edit(strings.TrimPrefix(part[0], "r="), part[1], part[2])
			},
		}.hostile})
	}
	slices.SortFunc(rows, func(a, b Misbehaviour) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// outcomes returns server-final-messages that the client must reject.
func outcomes() []Misbehaviour {
	edits := []struct {
		name string
		edit func(final string) string
	}{
		{"empty", func(string) string { return "" }},
		{"no signature", func(string) string { return "v=" }},
		{"signature of zeroes", func(string) string { return "v=" + strings.Repeat("A", 43) + "=" }},
		{"signature truncated", func(f string) string { return f[:len(f)-8] }},
		{"signature longer", func(f string) string { return f[:len(f)-1] + "AAAA=" }},
		{"signature changed", func(f string) string { return "v=" + string(f[2]^1) + f[3:] }},
		{"signature not base64", func(string) string { return "v=%%%%" }},
		{"an error", func(string) string { return "e=other-error" }},
		{"an error that a terminal would obey", func(string) string { return "e=" + nasty }},
		{"an error and a signature", func(f string) string { return "e=other-error," + f }},
		{"a line break at the end", func(f string) string { return f + "\n" }},
		{"a NUL at the end", func(f string) string { return f + "\x00" }},
		{"the client's proof", func(f string) string { return strings.Replace(f, "v=", "p=", 1) }},
		{"500 kB", func(string) string { return "v=" + strings.Repeat("AAAA", 125_000) }},
	}
	var rows []Misbehaviour
	for _, e := range edits {
		rows = append(rows, Misbehaviour{
			Name: "outcome: " + e.name, Script: SCRAM{Password: Password, EditFinal: e.edit}.hostile})
	}
	return append(rows,
		Misbehaviour{Name: "outcome: none", Script: SCRAM{Password: Password, NoFinal: true}.hostile},
		Misbehaviour{Name: "outcome: of another password",
			Script: SCRAM{Password: "other", Accept: true, EditFinal: func(string) string {
				return "v=" + strings.Repeat("B", 43) + "="
			}}.hostile},
		Misbehaviour{Name: "outcome: twice", Want: []string{"protocol", "auth"}, Script: func(c *Conn) error {
			if err := (SCRAM{Password: Password}).Authenticate(c); err != nil {
				return err
			}
			return c.SendRaw(slices.Concat(
				Encode(&pgproto3.AuthenticationSASLFinal{Data: []byte("v=eA==")}), Encode(ok()), c.Greeting()))
		}},
		Misbehaviour{Name: "outcome: followed by a request for the password", Script: func(c *Conn) error {
			if err := (SCRAM{Password: Password}).Authenticate(c); err != nil {
				return err
			}
			return greedy(&pgproto3.AuthenticationCleartextPassword{})(c)
		}})
}

// exchanges returns messages out of sequence.
func exchanges() []Misbehaviour {
	offer := func(mechanisms ...string) []byte {
		return Encode(&pgproto3.AuthenticationSASL{AuthMechanisms: mechanisms})
	}
	// offered reads the client's first message and then sends messages that do not answer it.
	offered := func(messages ...pgproto3.BackendMessage) Script {
		return func(c *Conn) error {
			if _, err := c.OfferSASL(ScramSHA256); err != nil {
				return err
			}
			return c.SendRaw(slices.Concat(Encode(messages...), Encode(ok()), c.Greeting()))
		}
	}
	// proven reads the client's proof as well before it sends messages.
	proven := func(messages ...pgproto3.BackendMessage) Script {
		return func(c *Conn) error {
			s := SCRAM{Password: Password, Accept: true, NoFinal: true}
			if err := s.Authenticate(c); err != nil {
				return err
			}
			return c.SendRaw(slices.Concat(Encode(messages...), Encode(ok()), c.Greeting()))
		}
	}
	clear := &pgproto3.AuthenticationCleartextPassword{}
	sasl := &pgproto3.AuthenticationSASL{AuthMechanisms: []string{ScramSHA256}}
	challenge := &pgproto3.AuthenticationSASLContinue{Data: []byte("r=x,s=eA==,i=1")}
	outcome := &pgproto3.AuthenticationSASLFinal{Data: []byte("v=eA==")}
	return []Misbehaviour{
		{Name: "an unknown mechanism", Script: atStartup(offer("OAUTHBEARER"))},
		{Name: "SHA-1", Script: atStartup(offer("SCRAM-SHA-1"))},
		{Name: "no mechanism", Script: atStartup(offer())},
		{Name: "a mechanism that a terminal would obey", Script: atStartup(offer("\x1b[2J"))},
		{Name: "60000 mechanisms", Script: atStartup(offer(slices.Repeat([]string{"X"}, 60_000)...))},
		{Name: "AuthenticationOk after the first message", Script: offered()},
		{Name: "AuthenticationOk after the proof", Script: proven()},
		{Name: "clear text after the first message", Script: offered(clear)},
		{Name: "clear text after the proof", Script: proven(clear)},
		{Name: "MD5 after the first message", Script: offered(&pgproto3.AuthenticationMD5Password{})},
		{Name: "SASL after the first message", Script: offered(sasl)},
		{Name: "SASL after the proof", Script: proven(sasl)},
		{Name: "outcome after the first message", Script: offered(outcome)},
		{Name: "challenge after the proof", Script: proven(challenge)},
		{Name: "ready after the proof", Script: func(c *Conn) error {
			s := SCRAM{Password: Password, Accept: true, NoFinal: true}
			if err := s.Authenticate(c); err != nil {
				return err
			}
			return c.Greet()
		}},
		{Name: "closed after the first message", Want: []string{"connect", "io"}, Script: func(c *Conn) error {
			if _, err := c.OfferSASL(ScramSHA256); err != nil {
				return err
			}
			return c.Close()
		}},
	}
}
