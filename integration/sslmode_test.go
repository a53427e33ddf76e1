package integration_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// sslCase is a login with an sslmode, and its expected result.
type sslCase struct {
	name, role string
	parameters string // of the connection string; certificates by the names of their files
	encrypted  bool
	want       werr.Category // of the refusal; empty: accepted
}

// connect logs in as described by the case.
func (tt sslCase) connect(t *testing.T, dsn, certDir string) (*conn.Conn, error) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(tt.role, pgserver.Password)
	q := url.Values{}
	for _, parameter := range strings.Fields(tt.parameters) {
		key, value, _ := strings.Cut(parameter, "=")
		if key == "sslrootcert" {
			value = filepath.Join(certDir, value)
		}
		q.Set(key, value)
	}
	if q.Get("host") != "" { // the server's certificate is not for this name
		q.Set("hostaddr", u.Hostname())
		q.Set("port", u.Port())
		u.Host = ""
	}
	u.RawQuery = q.Encode()
	return conn.Connect(testbed.Context(t), u.String())
}

func (tt sslCase) check(t *testing.T, dsn, certDir string) {
	c, err := tt.connect(t, dsn, certDir)
	if tt.want != "" {
		if got := werr.CategoryOf(err); got != tt.want {
			t.Errorf("%v is of category %v, want %v", err, got, tt.want)
		}
		testbed.CheckOneLine(t, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer testbed.Close(t, c)
	got := testbed.Rows(t, testbed.Query(t, c, "SELECT to_json(ssl) AS data FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
	if (got[0] == "true") != tt.encrypted {
		t.Errorf("encrypted is %s, want %v", got[0], tt.encrypted)
	}
}

// A server that accepts both encrypted and plain connections, with roles that require one or the other.
func TestSSLModesOnAServerWithTLS(t *testing.T) {
	t.Parallel()
	for _, s := range testbed.OwnServers(t) {
		for _, tt := range []sslCase{
			{"disable", "wire_scram", "sslmode=disable", false, ""},
			{"allow", "wire_scram", "sslmode=allow", false, ""},
			{"allow, with TLS required", "wire_tls", "sslmode=allow", true, ""},
			{"prefer", "wire_scram", "sslmode=prefer", true, ""},
			{"by default", "wire_scram", "", true, ""},
			{"require", "wire_scram", "sslmode=require", true, ""},
			{"require, root", "wire_scram", "sslmode=require sslrootcert=ca.crt", true, ""},
			{"require, other root", "wire_scram", "sslmode=require sslrootcert=other-ca.crt", true, werr.CategoryTLS},
			{"verify-ca", "wire_scram", "sslmode=verify-ca sslrootcert=ca.crt", true, ""},
			{"verify-ca, other name", "wire_scram", "sslmode=verify-ca sslrootcert=ca.crt host=db.invalid", true, ""},
			{"verify-ca, other root", "wire_scram", "sslmode=verify-ca sslrootcert=other-ca.crt", true, werr.CategoryTLS},
			{"verify-full", "wire_scram", "sslmode=verify-full sslrootcert=ca.crt", true, ""},
			{"verify-full, localhost", "wire_scram", "sslmode=verify-full sslrootcert=ca.crt host=localhost", true, ""},
			{"verify-full, other name", "wire_scram", "sslmode=verify-full sslrootcert=ca.crt host=no.invalid",
				true, werr.CategoryTLS},
			{"verify-full, no such file", "wire_scram", "sslmode=verify-full sslrootcert=none.crt", true, werr.CategoryConfig},
			{"TLS 1.2", "wire_tls", "sslmode=require ssl_max_protocol_version=TLSv1.2", true, ""},
			{"channel binding", "wire_scram", "sslmode=require channel_binding=require", true, ""},
			{"channel binding, TLS 1.2", "wire_scram",
				"sslmode=require channel_binding=require ssl_max_protocol_version=TLSv1.2", true, ""},
			{"channel binding, plain", "wire_scram", "sslmode=disable channel_binding=require", false, werr.CategoryAuth},
			{"channel binding, md5", "wire_md5", "sslmode=require channel_binding=require", true, werr.CategoryAuth},
			{"channel binding, trust", "wire_trust", "sslmode=require channel_binding=require", true, werr.CategoryAuth},
			{"require_auth", "wire_scram", "sslmode=require require_auth=scram-sha-256", true, ""},
			{"require_auth, clear", "wire_clear", "sslmode=disable require_auth=!password", false, werr.CategoryAuth},
			{"require_auth, trust", "wire_trust", "sslmode=disable require_auth=md5,scram-sha-256", false, werr.CategoryAuth},
		} {
			t.Run(s.Name+"/"+tt.name, func(t *testing.T) { tt.check(t, s.DSN(), s.CertDir) })
		}
	}
}

// PgBouncer is set up without TLS here.
func TestSSLModesOnAServerWithoutTLS(t *testing.T) {
	t.Parallel()
	b := testbed.Bouncer(t)
	certDir := testbed.OwnServers(t)[0].CertDir
	for _, tt := range []sslCase{
		{"disable", "wire_scram", "sslmode=disable", false, ""},
		{"allow", "wire_scram", "sslmode=allow", false, ""},
		{"prefer", "wire_scram", "sslmode=prefer", false, ""},
		{"require", "wire_scram", "sslmode=require", false, werr.CategoryTLS},
		{"verify-ca", "wire_scram", "sslmode=verify-ca sslrootcert=ca.crt", false, werr.CategoryTLS},
		{"verify-full", "wire_scram", "sslmode=verify-full sslrootcert=ca.crt", false, werr.CategoryTLS},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.check(t, b, certDir) })
	}
}

// A cancel is encrypted if its connection is, and hits its query.
func TestCancelOverTLS(t *testing.T) {
	t.Parallel()
	for _, s := range testbed.OwnServers(t) {
		t.Run(s.Name, func(t *testing.T) {
			dsn, err := s.As("wire_tls", "sslmode", "verify-full", "sslrootcert", s.CAFile())
			if err != nil {
				t.Fatal(err)
			}
			var d dialler
			c := testbed.Connect(t, dsn, func(cfg *conn.Config) { cfg.Dial = d.dial })
			left := testbed.Begin(t, c, testbed.EndlessIntegers, 10)
			if err := left.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			testbed.Usable(t, c, c.PID())
			d.mu.Lock()
			defer d.mu.Unlock()
			if len(d.greetings) < 2 {
				t.Errorf("%d connections, want one more for the cancel", len(d.greetings))
			}
			for i, greeting := range d.greetings {
				if string(greeting) != "\x00\x00\x00\x08\x04\xd2\x16\x2f" {
					t.Errorf("connection %d begins with %q, want an SSLRequest", i, greeting)
				}
			}
		})
	}
}

// dialler records the first bytes that are written to each connection.
type dialler struct {
	mu        sync.Mutex
	greetings [][]byte
}

func (d *dialler) dial(ctx context.Context, network, address string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &greeted{Conn: nc, d: d}, nil
}

type greeted struct {
	net.Conn
	d    *dialler
	done bool
}

func (g *greeted) Write(p []byte) (int, error) {
	g.d.mu.Lock()
	if !g.done {
		g.done = true
		g.d.greetings = append(g.d.greetings, bytes.Clone(p))
	}
	g.d.mu.Unlock()
	return g.Conn.Write(p)
}
