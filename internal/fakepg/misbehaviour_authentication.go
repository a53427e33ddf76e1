package fakepg

import (
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"
)

// authentication returns servers that ask for a password in a way that the client must reject.
func authentication() []Misbehaviour {
	clear := (&pgproto3.AuthenticationCleartextPassword{})
	md5 := &pgproto3.AuthenticationMD5Password{Salt: [4]byte{1, 2, 3, 4}}
	scram := &pgproto3.AuthenticationSASL{AuthMechanisms: []string{ScramSHA256}}
	auth := []string{"auth"}
	rows := []Misbehaviour{
		{Name: "clear text although SCRAM is required", Script: greedy(clear),
			Params: withPassword + "&require_auth=scram-sha-256", Want: auth, Forbidden: Password},
		{Name: "clear text although it is excluded", Script: greedy(clear),
			Params: withPassword + "&require_auth=!password", Want: auth, Forbidden: Password},
		{Name: "MD5 although SCRAM is required", Script: greedy(md5),
			Params: withPassword + "&require_auth=scram-sha-256", Want: auth, Forbidden: "md5"},
		{Name: "SCRAM although MD5 is required", Script: greedy(scram),
			Params: withPassword + "&require_auth=md5", Want: auth, Forbidden: "SCRAM"},
		{Name: "nothing although SCRAM is required", Script: greedy(ok()),
			Params: withPassword + "&require_auth=scram-sha-256", Want: auth},
		{Name: "nothing although none is excluded", Script: greedy(ok()),
			Params: withPassword + "&require_auth=!none", Want: auth},
		{Name: "a password that the client does not have", Script: greedy(clear), Want: auth},
		{Name: "SCRAM with a password that the client does not have", Script: greedy(scram), Want: auth},
		{Name: "clear text twice", Params: withPassword, Script: thenAsk(clear, clear)},
		{Name: "MD5 after clear text", Params: withPassword, Script: thenAsk(clear, md5), Forbidden: "md5"},
		{Name: "clear text after MD5", Params: withPassword, Script: thenAsk(md5, clear), Forbidden: Password},
		{Name: "SCRAM after MD5", Params: withPassword, Script: thenAsk(md5, scram), Forbidden: "SCRAM"},
		{Name: "ready in place of AuthenticationOk", Params: withPassword, Script: func(c *Conn) error {
			if err := thenAsk(clear, nil)(c); err != nil {
				return err
			}
			return c.Greet()
		}},
		{Name: "an error that echoes the password", Params: withPassword, Hidden: Password,
			Script: thenAsk(clear, fatal("28P01", "wrong password "+Password+" for user")), Want: auth, Code: "28P01"},
		{Name: "a detail that echoes the password", Params: withPassword, Hidden: Password,
			Script: thenAsk(clear, &pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "x", Detail: Password,
				Hint: Password}), Want: auth, Code: "28P01"},
		{Name: "an error of a query that echoes the password", Params: withPassword, Hidden: Password, At: AtQuery,
			Want: []string{"server"}, Usable: true, Script: usable(func(c *Conn) error {
				if err := c.LoginCleartext(Password); err != nil {
					return err
				}
				if _, err := c.ReadQuery(); err != nil {
					return err
				}
				return c.Fail("XX000", "you said "+Password)
			})},
		{Name: "challenge without SASL", Params: withPassword,
			Script: greedy(&pgproto3.AuthenticationSASLContinue{Data: []byte("r=x,s=eA==,i=4096")})},
		{Name: "outcome without SASL", Params: withPassword,
			Script: greedy(&pgproto3.AuthenticationSASLFinal{Data: []byte("v=eA==")})},
		{Name: "GSS continued without GSS", Params: withPassword, Want: []string{"auth", "protocol"},
			Script: greedy(&pgproto3.AuthenticationGSSContinue{Data: []byte("x")})},
	}
	for name, number := range map[string]string{"Kerberos V5": "\x02", "SCM": "\x06", "GSS": "\x07", "SSPI": "\x09"} {
		rows = append(rows, Misbehaviour{Name: name, Params: withPassword, Want: auth, Forbidden: Password,
			Script: atStartup(Frame('R', "\x00\x00\x00"+number))})
	}
	return append(named("authentication", rows), named("channel binding", unbound())...)
}

// unbound returns logins without channel binding for a client that requires it (CVE-2025-49146: a client that accepted
// them).
func unbound() []Misbehaviour {
	const required = withPassword + "&channel_binding=require"
	auth := []string{"auth"}
	row := func(name string, forbidden string, over Transport, s Script) Misbehaviour {
		return Misbehaviour{Name: name, Params: required, Want: auth, Forbidden: forbidden, Over: over, Script: s}
	}
	var rows []Misbehaviour
	for _, over := range []Transport{AnyPlain, OverTLS} {
		where := ", over " + string(over)
		if over == AnyPlain {
			where = ", in the clear"
		}
		rows = append(rows,
			row("clear text"+where, Password, over, greedy(&pgproto3.AuthenticationCleartextPassword{})),
			row("MD5"+where, "md5", over, greedy(&pgproto3.AuthenticationMD5Password{})),
			row("nothing"+where, SQL, over, greedy(ok())),
			row("SCRAM without"+where, "n,,", over, SCRAM{Password: Password, Mechanisms: []string{ScramSHA256}}.Login),
		)
	}
	return append(rows,
		row("SCRAM bound to another certificate", SQL, OverTLS, SCRAM{
			Password: Password, Binding: func(hash []byte) []byte { return append([]byte{^hash[0]}, hash[1:]...) },
		}.hostile),
		Misbehaviour{Name: "PLUS without TLS", Params: withPassword, Want: auth, Forbidden: "SCRAM",
			Script: SCRAM{Password: Password, Mechanisms: []string{ScramSHA256Plus}}.hostile},
		Misbehaviour{Name: "PLUS was removed from the offer", Params: withPassword, Want: auth, Over: OverTLS,
			Script: downgraded})
}

// downgraded is a man in the middle that removes the mechanism with channel binding. The server behind it has offered
// that mechanism, so it rejects a client that claims that it was not offered.
func downgraded(c *Conn) error {
	initial, err := c.OfferSASL(ScramSHA256)
	if err != nil {
		return err
	}
	if string(initial.Data[:2]) != "y," {
		return c.Login() // a client that does not notice is accepted, and the test fails
	}
	return c.Send(fatal("28000", "channel binding was offered"))
}

// greedy asks for a password once and accepts every answer.
func greedy(ask pgproto3.BackendMessage) Script {
	return func(c *Conn) error { return c.SendRaw(slices.Concat(Encode(ask), Encode(ok()), c.Greeting())) }
}

// thenAsk asks, reads the answer, and asks again.
func thenAsk(first, second pgproto3.BackendMessage) Script {
	return func(c *Conn) error {
		if err := c.Send(first); err != nil {
			return err
		}
		if _, err := Expect[*pgproto3.PasswordMessage](c); err != nil {
			return err
		}
		if second == nil {
			return nil
		}
		return c.SendRaw(slices.Concat(Encode(second), Encode(ok()), c.Greeting()))
	}
}
