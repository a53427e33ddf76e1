package integration_test

import (
	"context"
	"net"
	"net/url"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// There is one ConnectStart and one ConnectEnd for each host that is tried. Dial and PasswordFunc get the context in
// between.
func TestTracerOfConnects(t *testing.T) {
	t.Parallel()
	dsn := testbed.DSN(t)
	dead := testbed.DeadAddress(t)
	r := &recorder{}
	within := func(t *testing.T, ctx context.Context, what string) {
		if s, ok := ctx.Value(spanKey{}).(*span); !ok || s.ends > 0 {
			t.Errorf("%s was called without the context of a ConnectStart", what)
		}
	}
	traced := func(cfg *conn.Config) {
		cfg.Tracer = r
		cfg.PasswordFunc = func(password string) func(ctx context.Context) (string, error) {
			return func(ctx context.Context) (string, error) {
				within(t, ctx, "PasswordFunc")
				return password, nil
			}
		}(cfg.Password)
		cfg.Password = ""
		cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			within(t, ctx, "Dial")
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	}
	address := testbed.HostOf(t, dsn)
	tests := []struct {
		name  string
		dsn   string
		hosts []bool // for each host that is tried, whether it accepts the login
	}{
		{"accepted", dsn, []bool{true}},
		{"the second host", testbed.OnHosts(t, dsn, dead, address), []bool{false, true}},
		{"no host", testbed.OnHosts(t, dsn, dead, dead), []bool{false, false}},
		{"refused", testbed.Edit(t, dsn, func(u *url.URL) { u.Path = "/no_such_database" }), []bool{false}},
	}
	for _, tt := range tests {
		r.connects = nil
		c, err := conn.ConnectConfig(testbed.Context(t), testbed.Config(t, tt.dsn, traced))
		if err == nil {
			testbed.Close(t, c)
		}
		if len(r.connects) != len(tt.hosts) {
			t.Errorf("%s: %d hosts, want %d", tt.name, len(r.connects), len(tt.hosts))
			continue
		}
		for i, ok := range tt.hosts {
			cfg := testbed.Config(t, tt.dsn)
			want := conn.ConnectInfo{Host: cfg.Hosts[i], Database: cfg.Database, User: cfg.User}
			if got := r.connects[i]; got.host != want || (got.err == nil) != ok {
				t.Errorf("%s: host %d is %+v with %v; want %+v, accepted: %t", tt.name, i, got.host, got.err, want, ok)
			}
		}
		r.checkPairs(t)
	}
	// A panic in a function of the program also ends the attempt.
	r.connects = nil
	func() {
		defer func() { _ = recover() }()
		_, _ = conn.ConnectConfig(testbed.Context(t), testbed.Config(t, dsn, traced, func(cfg *conn.Config) {
			cfg.Dial = func(context.Context, string, string) (net.Conn, error) { panic("a dialer's own") }
		}))
	}()
	if r.checkPairs(t); len(r.connects) != 1 || werr.CategoryOf(r.connects[0].err) == werr.CategoryNone {
		t.Errorf("after a panic: %+v", r.connects)
	}
}
