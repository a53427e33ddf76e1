package integration_test

import (
	"path/filepath"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// Each role's name tells which login the server requires.
func TestWaysOfLoggingIn(t *testing.T) {
	t.Parallel()
	for _, s := range testbed.OwnServers(t) {
		verified := []string{"sslmode", "verify-full", "sslrootcert", s.CAFile()}
		certified := append([]string{
			"sslcert", filepath.Join(s.CertDir, "client-wire_cert.crt"),
			"sslkey", filepath.Join(s.CertDir, "client-wire_cert.key"),
		}, verified...)
		for _, tt := range []struct {
			name, role string
			parameters []string
			want       werr.Category // of the refusal; empty: accepted
		}{
			{"scram", "wire_scram", nil, ""},
			{"scram over TLS", "wire_scram", verified, ""},
			{"md5", "wire_md5", nil, ""},
			{"clear", "wire_clear", nil, ""},
			{"trust", "wire_trust", nil, ""},
			{"only TLS", "wire_tls", verified, ""},
			{"only TLS, unencrypted", "wire_tls", []string{"sslmode", "disable"}, werr.CategoryAuth},
			{"certificate", "wire_cert", certified, ""},
			{"certificate, without", "wire_cert", verified, werr.CategoryAuth},
			{"nobody", "wire_nobody", nil, werr.CategoryAuth},
			{"another authority", "wire_tls", []string{
				"sslmode", "verify-full", "sslrootcert", filepath.Join(s.CertDir, "other-ca.crt"),
			}, werr.CategoryTLS},
		} {
			t.Run(s.Name+"/"+tt.name, func(t *testing.T) {
				dsn, err := s.As(tt.role, tt.parameters...)
				if err != nil {
					t.Fatal(err)
				}
				c, err := conn.Connect(testbed.Context(t), dsn)
				if tt.want != "" {
					if got := werr.CategoryOf(err); got != tt.want {
						t.Errorf("%v is of category %v, want %v", err, got, tt.want)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer testbed.Close(t, c)
				if got := testbed.Rows(t, testbed.Query(t, c, "SELECT to_json(current_user) AS data")); got[0] != `"`+tt.role+`"` {
					t.Errorf("logged in as %s", got[0])
				}
			})
		}
	}
}
