package fuzz

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// FuzzLogin plays a server that sends arbitrary bytes from the beginning: with sslmode=prefer, which requests TLS and
// falls back, or without. Each message of the client is answered by the next of the replies, in reads of the given
// sizes. The connect fails, or returns a connection that the replies have allowed; neither reveals the password.
func FuzzLogin(f *testing.F) {
	const ok, ready = "R\x00\x00\x00\x08\x00\x00\x00\x00", "Z\x00\x00\x00\x05I"
	f.Add(uint8(0), []byte(nil), "N", ok+ready, "", "")
	f.Add(uint8(plainFirst), []byte{1}, "R\x00\x00\x00\x08\x00\x00\x00\x03", ok+ready, "", "")
	f.Fuzz(func(t *testing.T, choose uint8, sizes []byte, first, second, third, fourth string) {
		replies := []string{first, second, third, fourth}
		synctest.Test(t, func(t *testing.T) { tryLogin(t, choose, sizes, replies) })
	})
}

// The bits that control the client and the server in FuzzLogin.
const (
	plainFirst   = 1 << iota // sslmode=disable
	quiet                    // the server sends nothing after its last byte
	requiresPlus             // channel_binding=require
	newer                    // the newest version of the protocol is requested
	checked                  // target_session_attrs=read-write
	fromFunc                 // the password comes from PasswordFunc
	onlyScram                // require_auth=scram-sha-256
)

const password = "m4rk3d-s3cr3t"

func tryLogin(t *testing.T, choose uint8, sizes []byte, replies []string) {
	l := &attempt{T: t, choose: choose, sizes: sizes, replies: replies, said: strings.Join(replies, "")}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	c, err := conn.ConnectConfig(ctx, l.config())
	if err == nil {
		l.loggedIn(c)
		_ = c.Close(ctx)
	} else {
		if c != nil {
			t.Errorf("a connection was returned with the error %v", err)
		}
		if werr.SafeToRetry(err) && errors.As(err, new(*werr.AuthenticationError)) {
			t.Errorf("a login that would fail again is reported as safe to retry: %v", err)
		}
		l.checkSafe(err)
	}
	for i, w := range l.wires {
		if !w.isClosed() {
			t.Errorf("connection %d of %d was left open", i+1, len(l.wires))
		}
	}
}

// attempt is one connect.
type attempt struct {
	*testing.T
	choose  uint8
	sizes   []byte
	replies []string
	said    string // all replies
	wires   []*wire
}

func (l *attempt) has(bit uint8) bool { return l.choose&bit != 0 }

func (l *attempt) config() *conn.Config {
	cfg := &conn.Config{
		Hosts: []conn.Host{{Name: "host.invalid"}}, User: "u", Password: password, SSLMode: conn.SSLPrefer,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			w := answering(l.replies, l.sizes, l.has(quiet))
			l.wires = append(l.wires, w)
			return w, nil
		},
		OnNotice: func(n *werr.ServerError) { l.checkSafe(n) },
	}
	if l.has(plainFirst) {
		cfg.SSLMode = conn.SSLDisable
	}
	if l.has(requiresPlus) {
		cfg.ChannelBinding = conn.ChannelBindingRequire
	}
	if l.has(newer) {
		cfg.MaxProtocolVersion = conn.ProtocolLatest
	}
	if l.has(checked) {
		cfg.TargetSessionAttrs = conn.ReadWriteSession
	}
	if l.has(onlyScram) {
		cfg.RequireAuth = []string{"scram-sha-256"}
	}
	if l.has(fromFunc) {
		cfg.Password, cfg.PasswordFunc = "", func(context.Context) (string, error) { return password, nil }
	}
	return cfg
}

// loggedIn checks that the replies have allowed the login.
func (l *attempt) loggedIn(c *conn.Conn) {
	if l.has(requiresPlus) || l.has(onlyScram) {
		l.Errorf("logged in although a requirement was not met: %q", l.said)
	}
	if got := c.State(); got != conn.Idle {
		l.Errorf("logged in, but the connection is %v", got)
	}
	for _, part := range []string{"R\x00\x00\x00\x08\x00\x00\x00\x00", "Z\x00\x00\x00\x05I"} {
		if !strings.Contains(l.said, part) {
			l.Errorf("logged in without %q in %q", part, l.said)
		}
	}
}

// checkSafe checks that an error is safe for a log, and does not contain the password, unless the server has sent it
// without having received it.
func (l *attempt) checkSafe(err error) {
	l.Helper()
	checkText(l.T, err.Error())
	if !strings.Contains(err.Error(), password) {
		return
	}
	told := slices.ContainsFunc(l.wires, func(w *wire) bool { return w.wrote(password) })
	if told || !strings.Contains(l.said, password) {
		l.Errorf("the password is in %q", err)
	}
}

// answering returns a connection whose server sends its n-th reply once the client has written n times.
func answering(replies []string, sizes []byte, quiet bool) *wire {
	w := newWire()
	w.all, w.sizes, w.end = []byte(strings.Join(replies, "")), sizes, eof
	if quiet {
		w.end = silence
	}
	written, there := 0, 0
	w.release = func([]byte) int {
		if written < len(replies) {
			there += len(replies[written])
			written++
		}
		return there
	}
	return w
}
