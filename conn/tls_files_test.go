package conn

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestTLSFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, authority)
	mine := issue(t, root, client)
	cert, key := file(t, mine.pem()), file(t, mine.keyPEM(t))
	none := filepath.Join(t.TempDir(), "none")
	junk := file(t, []byte("junk"))
	notPEM := file(t, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	badCRL := file(t, []byte("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"))
	open := file(t, mine.keyPEM(t))
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		config    Config
		key, says string
	}{
		{"verify-full without roots", Config{SSLMode: SSLVerifyFull}, "sslrootcert",
			filepath.Join(".postgresql", "root.crt")},
		{"verify-ca without roots", Config{SSLMode: SSLVerifyCA}, "sslrootcert", "sslrootcert=system"},
		{"roots missing", Config{SSLMode: SSLVerifyCA, SSLRootCert: none}, "sslrootcert", none},
		{"roots missing, require", Config{SSLMode: SSLRequire, SSLRootCert: none}, "sslrootcert", none},
		{"roots a directory", Config{SSLRootCert: t.TempDir()}, "sslrootcert", "is a directory"},
		{"roots junk", Config{SSLRootCert: junk}, "sslrootcert", "no certificate in PEM"},
		{"roots damaged", Config{SSLRootCert: notPEM}, "sslrootcert", "does not parse"},
		{"list missing", Config{SSLRootCert: cert, SSLCRL: none}, "sslcrl", none},
		{"list junk", Config{SSLRootCert: cert, SSLCRL: junk}, "sslcrl", "no revocation list"},
		{"list damaged", Config{SSLRootCert: cert, SSLCRL: badCRL}, "sslcrl", "does not parse"},
		{"list directory missing", Config{SSLRootCert: cert, SSLCRLDir: none}, "sslcrldir", none},
		{"list directory with junk", Config{SSLRootCert: cert, SSLCRLDir: filepath.Dir(junk)},
			"sslcrldir", "no revocation list"},
		{"certificate missing", Config{SSLCert: none, SSLKey: key}, "sslcert", none},
		{"certificate junk", Config{SSLCert: junk, SSLKey: key}, "sslcert", "do not match"},
		{"key missing", Config{SSLCert: cert, SSLKey: none}, "sslkey", none},
		{"key missing in the home directory", Config{SSLCert: cert}, "sslkey", "postgresql.key"},
		{"key junk", Config{SSLCert: cert, SSLKey: junk}, "sslkey", "no private key"},
		{"key open to others", Config{SSLCert: cert, SSLKey: open}, "sslkey", "chmod 0600"},
		{"key a directory", Config{SSLCert: cert, SSLKey: t.TempDir()}, "sslkey", "not a plain file"},
		{"key in an engine", Config{SSLCert: cert, SSLKey: "engine:x"}, "sslkey", "engines"},
		{"another's key", Config{SSLCert: cert, SSLKey: file(t, root.keyPEM(t))}, "sslcert", "do not match"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := test.config.tlsFromFiles(Host{Name: "h"}, t.TempDir())
			var got *werr.ConfigError
			if !errors.As(err, &got) || got.Key != test.key || !strings.Contains(got.Detail, test.says) {
				t.Errorf("got %v; want an error of %s with %q", err, test.key, test.says)
			}
		})
	}
}

func TestVerifyFullNeedsAName(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, authority)
	c := &Config{SSLMode: SSLVerifyFull, SSLRootCert: file(t, root.pem())}
	var got *werr.ConfigError
	if _, err := c.tlsFromFiles(Host{Addr: "10.0.0.1"}, t.TempDir()); !errors.As(err, &got) || got.Key != "host" {
		t.Errorf("got %v, want a ConfigError of host", err)
	}
}

func TestRootsInTheHomeDirectory(t *testing.T) {
	t.Parallel()
	root, stranger := issue(t, nil, authority), issue(t, nil, authority)
	home := t.TempDir()
	writeFile(t, filepath.Join(home, ".postgresql", "root.crt"), root.pem())
	for _, test := range []struct {
		name  string
		by    *issued
		works bool
	}{{"ours", root, true}, {"other", stranger, false}} {
		for _, mode := range []SSLMode{SSLPrefer, SSLRequire, SSLVerifyCA, SSLVerifyFull} {
			server := issue(t, test.by, serverFor("db.example"))
			_, _, err := shake(t, &Config{SSLMode: mode}, Host{Name: "db.example"}, home, server.serves())
			if (err == nil) != test.works {
				t.Errorf("%s %v: got %v", test.name, mode, err)
			}
		}
	}
}

func TestWithoutHomeDirectory(t *testing.T) {
	t.Parallel()
	settings, err := (&Config{SSLMode: SSLRequire}).tlsFromFiles(Host{Name: "h"}, "")
	if err != nil || settings.VerifyConnection != nil || settings.GetClientCertificate != nil {
		t.Errorf("got %+v, %v", settings, err)
	}
	if _, err := (&Config{SSLMode: SSLVerifyCA}).tlsFromFiles(Host{Name: "h"}, ""); err == nil {
		t.Error("verify-ca without roots")
	}
}

func TestSystemRoots(t *testing.T) {
	t.Parallel()
	server := issue(t, issue(t, nil, authority), serverFor("db.example"))
	c := &Config{SSLRootCert: "system"} // implies verify-full
	_, _, err := shake(t, c, Host{Name: "db.example"}, t.TempDir(), server.serves())
	if werr.CategoryOf(err) != werr.CategoryTLS {
		t.Errorf("got %v, want a TLS error: that authority is not trusted", err)
	}
}

func TestTLSForReadsTheFilesEachTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roots")
	c := &Config{SSLMode: SSLVerifyCA, SSLRootCert: path}
	if _, err := c.tlsFor(Host{Name: "h"}); err == nil {
		t.Error("no error without the file")
	}
	writeFile(t, path, issue(t, nil, authority).pem())
	if settings, err := c.tlsFor(Host{Name: "h"}); err != nil || settings.VerifyConnection == nil {
		t.Errorf("got %+v, %v", settings, err)
	}
}
