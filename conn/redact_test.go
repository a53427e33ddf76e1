package conn_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// A password that was sent to one server in clear text may be known to the next one.
func TestPasswordOfAnEarlierAttemptIsHidden(t *testing.T) {
	t.Parallel()
	const password = "geheim-1234"
	startingUp := &pgproto3.ErrorResponse{Severity: "FATAL", Code: "57P03", Message: "not yet, " + password}
	tests := map[string]struct {
		first  fakepg.Script
		hidden bool
	}{
		"sent in clear text": {func(c *fakepg.Conn) error {
			if err := c.Send(&pgproto3.AuthenticationCleartextPassword{}); err != nil {
				return err
			}
			if _, err := fakepg.Expect[*pgproto3.PasswordMessage](c); err != nil {
				return err
			}
			return c.Send(startingUp)
		}, true},
		"never sent": {func(c *fakepg.Conn) error { return c.Send(startingUp) }, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := fakepg.Start(t, tc.first)
			second := fakepg.Start(t, func(c *fakepg.Conn) error {
				return c.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28000", Message: "I know " + password})
			})
			cfg, err := conn.ParseConfig(first.DSN("password=" + password))
			if err != nil {
				t.Fatal(err)
			}
			other, err := conn.ParseConfig(second.DSN(""))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Hosts = append(cfg.Hosts, other.Hosts...)
			_, err = conn.ConnectConfig(context.Background(), cfg)
			text := fmt.Sprint(err)
			if !strings.Contains(text, "not yet") || !strings.Contains(text, "I know") {
				t.Fatalf("both servers refused the login, but the error is %q", text)
			}
			if hidden := !strings.Contains(text, password); hidden != tc.hidden {
				t.Errorf("the password is hidden: %v, want %v: %s", hidden, tc.hidden, text)
			}
		})
	}
}
