package conn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"path/filepath"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Each mode accepts the right kinds of servers.
func TestModesVerify(t *testing.T) {
	t.Parallel()
	root, stranger := issue(t, nil, authority), issue(t, nil, authority)
	servers := servers(t, root, stranger)
	all := []string{"good", "intermediate", "wildcard", "other name", "other CA", "self-signed", "no server", "expired"}
	trusted := []string{"good", "intermediate", "wildcard", "other name"}
	named := []string{"good", "intermediate", "wildcard"}
	name := Host{Name: "db.example", Port: 5432}
	for _, test := range []struct {
		name    string
		mode    SSLMode
		roots   bool
		noSNI   bool
		host    Host
		accepts []string
	}{
		{"prefer", SSLPrefer, false, false, name, all},
		{"prefer with roots", SSLPrefer, true, false, name, trusted},
		{"require", SSLRequire, false, false, name, all},
		{"require with roots", SSLRequire, true, false, name, trusted},
		{"verify-ca", SSLVerifyCA, true, false, name, trusted},
		{"verify-full", SSLVerifyFull, true, false, name, named},
		{"verify-full without SNI", SSLVerifyFull, true, true, name, named},
		{"verify-full by address", SSLVerifyFull, true, false, Host{Name: "10.0.0.1"}, []string{"good"}},
		{"verify-full with hostaddr", SSLVerifyFull, true, false, Host{Name: "db.example", Addr: "10.0.0.2"}, named},
		{"verify-full, other address", SSLVerifyFull, true, false, Host{Name: "10.0.0.2"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := &Config{SSLMode: test.mode, DisableSNI: test.noSNI}
			if test.roots {
				c.SSLRootCert = file(t, stranger.pem()[:20], []byte("\n"), root.pem())
			}
			accepts := map[string]bool{}
			for _, kind := range test.accepts {
				accepts[kind] = true
			}
			for kind, server := range servers {
				seen, shown, err := shake(t, c, test.host, t.TempDir(), &tls.Config{
					Certificates: []tls.Certificate{server.tls()}, NextProtos: []string{alpnProtocol},
				})
				var refused *tls.CertificateVerificationError
				switch {
				case accepts[kind] && err != nil:
					t.Errorf("%s: %v", kind, err)
				case !accepts[kind] && !errors.As(err, &refused):
					t.Errorf("%s: got %v, want a CertificateVerificationError", kind, err)
				case !accepts[kind] && werr.CategoryOf(err) != werr.CategoryTLS:
					t.Errorf("%s: got category %s", kind, werr.CategoryOf(err))
				case err == nil && seen.NegotiatedProtocol != alpnProtocol:
					t.Errorf("%s: got protocol %q", kind, seen.NegotiatedProtocol)
				}
				wantSNI := "db.example"
				if test.noSNI || test.host.Name != wantSNI {
					wantSNI = ""
				}
				if shown.ServerName != wantSNI {
					t.Errorf("%s: the server received the name %q, want %q", kind, shown.ServerName, wantSNI)
				}
			}
		})
	}
}

// servers returns the certificates of servers, by what is right or wrong with them. The client trusts root.
func servers(t *testing.T, root, stranger *issued) map[string]*issued {
	t.Helper()
	middle := issue(t, root, authority)
	return map[string]*issued{
		"good":         issue(t, root, serverFor("db.example", "10.0.0.1")),
		"intermediate": issue(t, middle, serverFor("db.example")),
		"wildcard":     issue(t, root, serverFor("*.example")),
		"other name":   issue(t, root, serverFor("other.example")),
		"other CA":     issue(t, stranger, serverFor("db.example")),
		"self-signed":  issue(t, nil, serverFor("db.example")),
		"no server":    issue(t, root, client),
		"expired": issue(t, root, func(c *x509.Certificate) {
			serverFor("db.example")(c)
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}),
	}
}

func TestProtocolVersions(t *testing.T) {
	t.Parallel()
	server := issue(t, nil, serverFor("db.example"))
	for _, test := range []struct {
		name     string
		config   Config
		min, max uint16 // the server's
		want     uint16 // 0: none
	}{
		{"default", Config{}, tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS13},
		{"default, old server", Config{}, tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS12},
		{"default, too old a server", Config{}, tls.VersionTLS10, tls.VersionTLS11, 0},
		{"lower minimum", Config{SSLMinProtocolVersion: tls.VersionTLS11},
			tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS11},
		{"higher minimum", Config{SSLMinProtocolVersion: tls.VersionTLS13}, tls.VersionTLS10, tls.VersionTLS12, 0},
		{"maximum", Config{SSLMaxProtocolVersion: tls.VersionTLS12}, tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS12},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			seen, _, err := shake(t, &test.config, Host{Name: "db.example"}, t.TempDir(), &tls.Config{
				Certificates: []tls.Certificate{server.tls()}, MinVersion: test.min, MaxVersion: test.max,
			})
			if (err == nil) != (test.want != 0) || err == nil && seen.Version != test.want {
				t.Errorf("got version %x, %v; want %x", seen.Version, err, test.want)
			}
			if seen.NegotiatedProtocol != "" {
				t.Errorf("got protocol %q from a server that supports none", seen.NegotiatedProtocol)
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, authority)
	server := issue(t, root, serverFor("db.example"))
	mine := issue(t, root, client)
	cert, key := file(t, mine.pem()), file(t, mine.keyPEM(t))
	home := t.TempDir()
	writeFile(t, filepath.Join(home, ".postgresql", "postgresql.crt"), mine.pem())
	writeFile(t, filepath.Join(home, ".postgresql", "postgresql.key"), mine.keyPEM(t))
	clients := x509.NewCertPool()
	clients.AddCert(root.certificate)
	for _, test := range []struct {
		name   string
		config Config
		home   string
		asks   tls.ClientAuthType
		works  bool
		shown  bool
	}{
		{"given, wanted", Config{SSLCert: cert, SSLKey: key}, "", tls.RequireAndVerifyClientCert, true, true},
		{"given, not wanted", Config{SSLCert: cert, SSLKey: key}, "", tls.NoClientCert, true, false},
		{"none, wanted", Config{}, "", tls.RequireAndVerifyClientCert, false, false},
		{"none, asked for", Config{}, "", tls.RequestClientCert, true, false},
		{"in the home directory", Config{}, home, tls.RequireAndVerifyClientCert, true, true},
		{"disabled", Config{SSLCertMode: SSLCertDisable}, home, tls.RequestClientCert, true, false},
		{"required, asked for", Config{SSLCertMode: SSLCertRequire}, home, tls.RequestClientCert, true, true},
		{"required, none, asked for", Config{SSLCertMode: SSLCertRequire}, "", tls.RequestClientCert, true, false},
		{"required, not asked for", Config{SSLCertMode: SSLCertRequire}, home, tls.NoClientCert, false, false},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(test.name+" "+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				config, home := test.config, test.home
				if home == "" {
					home = t.TempDir()
				}
				_, shown, err := shake(t, &config, Host{Name: "db.example"}, home, &tls.Config{
					Certificates: []tls.Certificate{server.tls()}, ClientAuth: test.asks, ClientCAs: clients, MaxVersion: version,
				})
				if (err == nil) != test.works {
					t.Errorf("got %v", err)
				}
				if got := len(shown.PeerCertificates) > 0; got != test.shown {
					t.Errorf("the server received a certificate: %t", got)
				}
			})
		}
	}
}

func TestOwnTLS(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, authority)
	server := issue(t, root, serverFor("db.example", "10.0.0.1"))
	pool := x509.NewCertPool()
	pool.AddCert(root.certificate)
	for _, test := range []struct {
		name  string
		own   *tls.Config
		host  Host
		works bool
	}{
		{"name filled in", &tls.Config{RootCAs: pool}, Host{Name: "db.example"}, true},
		{"address filled in", &tls.Config{RootCAs: pool}, Host{Addr: "10.0.0.1"}, true},
		{"wrong name filled in", &tls.Config{RootCAs: pool}, Host{Name: "other.example"}, false},
		{"its own name", &tls.Config{RootCAs: pool, ServerName: "db.example"}, Host{Name: "other.example"}, true},
		{"its own roots", &tls.Config{RootCAs: x509.NewCertPool()}, Host{Name: "db.example"}, false},
		{"without verification", &tls.Config{InsecureSkipVerify: true}, Host{Name: "other.example"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			name := test.own.ServerName
			_, shown, err := shake(t, &Config{TLS: test.own}, test.host, "", &tls.Config{
				Certificates: []tls.Certificate{server.tls()}, NextProtos: []string{alpnProtocol},
			})
			if (err == nil) != test.works {
				t.Errorf("got %v", err)
			}
			if test.own.ServerName != name || test.own.NextProtos != nil {
				t.Error("the caller's configuration was changed")
			}
			if err == nil && shown.NegotiatedProtocol != alpnProtocol {
				t.Errorf("got protocol %q", shown.NegotiatedProtocol)
			}
		})
	}
}
