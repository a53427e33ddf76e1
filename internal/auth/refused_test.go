package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// TestRefusedMethods checks that a method that the settings do not allow, or that this library does not support, gets
// no answer.
func TestRefusedMethods(t *testing.T) {
	t.Parallel()
	plain, plus := sasl(saslScram), sasl(saslScram, saslScramPlus)
	for _, tc := range []struct {
		name     string
		settings func(*Settings)
		message  serverMessage
		text     string
	}{
		{"trust, scram required", require("scram-sha-256"), authOk, "require_auth=scram-sha-256"},
		{"trust, none refused", require("!none"), authOk, "require_auth=!none"},
		{"trust, binding required", both(encrypted, bind(BindingRequire)), authOk, "channel_binding=require"},
		{"password, scram required", require("scram-sha-256,md5"), cleartext, "require_auth="},
		{"password refused", require("!password"), cleartext, "require_auth="},
		{"password, binding required", both(encrypted, bind(BindingRequire)), cleartext, "channel_binding=require"},
		{"md5, scram required", require("scram-sha-256,password"), md5Salted, "require_auth="},
		{"md5, binding required", both(encrypted, bind(BindingRequire)), md5Salted, "channel_binding=require"},
		{"scram, none required", require("none"), plain, "require_auth=none"},
		{"scram refused", require("!scram-sha-256"), plain, "require_auth="},
		{"binding required, no tls", bind(BindingRequire), plain, "sslmode"},
		{"binding required, not offered", both(encrypted, bind(BindingRequire)), plain, "does not offer"},
		{"binding required, no hash", both(encrypted, unbindable, bind(BindingRequire)), plus, "certificate"},
		{"only plus, binding disabled", both(encrypted, bind(BindingDisable)), sasl(saslScramPlus), "offers only"},
		{"gss", nil, &pgproto3.AuthenticationGSS{}, "GSSAPI"},
		{"gss continued", nil, &pgproto3.AuthenticationGSSContinue{}, "GSSAPI"},
		{"gss required", require("gss"), &pgproto3.AuthenticationGSS{}, "GSSAPI"},
		{"sspi", nil, &protocol.AuthenticationForeign{Type: 9}, "SSPI"},
		{"kerberos", nil, &protocol.AuthenticationForeign{Type: 2}, "Kerberos V5"},
		{"scm", nil, &protocol.AuthenticationForeign{Type: 6}, "SCM credentials"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := testSettings(tc.settings)
			s.Password = func(context.Context) (string, error) {
				t.Error("the password was asked for")
				return "secret", nil
			}
			a, sent, err := run(t, s, []serverMessage{tc.message})
			failure{text: tc.text}.check(t, err, sent)
			if a.Mechanism() == "" {
				t.Error("no mechanism")
			}
		})
	}
}

// gives returns a PasswordFunc with a fixed result.
func gives(password string, err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return password, err }
}

func TestPassword(t *testing.T) {
	t.Parallel()
	cause := errors.New("vault is sealed")
	for _, message := range []serverMessage{cleartext, md5Salted, sasl(saslScram)} {
		for name, tc := range map[string]struct {
			password func(context.Context) (string, error)
			check    func(error) bool
		}{
			"none":  {nil, func(err error) bool { return strings.Contains(err.Error(), "password, PGPASSWORD, passfile") }},
			"empty": {gives("", nil), func(err error) bool { return strings.Contains(err.Error(), "PasswordFunc") }},
			"fails": {gives("", cause), func(err error) bool { return errors.Is(err, cause) }},
			"with a NUL": {gives("sec\x00ret", nil), func(err error) bool {
				var wrong *werr.ConfigError
				return errors.As(err, &wrong) && wrong.Key == "password" && !strings.Contains(err.Error(), "ret")
			}},
		} {
			s := testSettings(func(s *Settings) { s.Password = tc.password })
			_, sent, err := run(t, s, []serverMessage{message})
			if err == nil || !tc.check(err) || len(sent) > 0 {
				t.Errorf("%T, password %s: sent %q, error %T %v", message, name, sent, err, err)
			}
		}
	}
}

// TestPasswordKeepsToTheContext checks that the error of an ended context is returned unchanged, so that it counts as a
// cancellation or a timeout.
func TestPasswordKeepsToTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a := New(testSettings(func(s *Settings) {
		s.Password = func(ctx context.Context) (string, error) {
			cancel()
			<-ctx.Done()
			return "", errors.New("interrupted")
		}
	}))
	if sent, err := a.Step(ctx, cleartext); err != context.Canceled || sent != nil {
		t.Errorf("sent %q, error %v; want the context's", sent, err)
	}
}

// TestNonce checks that two logins send different nonces.
func TestNonce(t *testing.T) {
	t.Parallel()
	s := testSettings(func(s *Settings) { s.nonce = nil })
	_, one, err := run(t, s, []serverMessage{sasl(saslScram)})
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := run(t, s, []serverMessage{sasl(saslScram)})
	if err != nil || one[0] == two[0] || len(one[0]) != len("SCRAM-SHA-256 n,,n=,r=")+24 {
		t.Errorf("%q and %q, error %v", one, two, err)
	}
}
