package conn

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// A path that is too long for sockaddr_un causes an error that says so, not "invalid argument".
func TestLongSocketPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		bytes int // of the path
		ok    bool
	}{{maxSocketPath, true}, {maxSocketPath + 1, false}, {500, false}} {
		h := Host{Name: "/" + strings.Repeat("d", test.bytes-len("//.s.PGSQL.5432")), Port: 5432}
		c := &Config{}
		_, err := c.addresses(t.Context(), h)
		var got *werr.ConfigError
		if ok := err == nil; ok != test.ok || !ok && (!errors.As(err, &got) || got.Key != "host") {
			t.Errorf("%d bytes: got %v", test.bytes, err)
		}
	}
}

// The error names what is missing in a server's certificate if the text of crypto/x509 does not.
func TestCertificateHints(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, authority)
	nameless := issue(t, root, func(c *x509.Certificate) {
		serverFor()(c)
		c.Subject.CommonName = "db.example"
	})
	for _, test := range []struct {
		name   string
		mode   SSLMode
		roots  []byte
		server *tls.Config
		says   string // empty: accepted
	}{
		{"a common name alone", SSLVerifyFull, root.pem(), nameless.serves(), "reissue it with a subjectAltName"},
		{"a common name alone, verify-ca", SSLVerifyCA, root.pem(), nameless.serves(), ""},
		{"another name", SSLVerifyFull, root.pem(), issue(t, root, serverFor("x.example")).serves(), "valid for x.example"},
		{"another authority", SSLVerifyFull, issue(t, nil, authority).pem(),
			issue(t, root, serverFor("db.example")).serves(), "unknown authority"},
	} {
		c := &Config{SSLMode: test.mode, SSLRootCert: file(t, test.roots)}
		_, _, err := shake(t, c, Host{Name: "db.example"}, t.TempDir(), test.server)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.says)
		}
		if err != nil && werr.CategoryOf(err) != werr.CategoryTLS {
			t.Errorf("%s: got category %s", test.name, werr.CategoryOf(err))
		}
	}
}

// The error for an RSA-PSS salt that is not as long as the hash explains how to reissue the certificate.
func TestUnreadableSaltHint(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "salted"}, DNSNames: []string{"db.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: true,
		SignatureAlgorithm: x509.SHA256WithRSAPSS,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	saltOf32, saltOf20 := []byte{0xa2, 3, 2, 1, 32}, []byte{0xa2, 3, 2, 1, 20}
	if bytes.Count(der, saltOf32) != 2 {
		t.Fatal("the length of the salt does not occur twice in the certificate")
	}
	der = bytes.ReplaceAll(der, saltOf32, saltOf20)
	other := issue(t, nil, authority)
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.certificate.Raw})
	c := &Config{SSLMode: SSLVerifyFull, SSLRootCert: file(t, roots)}
	settings, err := c.tlsFromFiles(Host{Name: "db.example"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	shown, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	err = settings.VerifyConnection(tls.ConnectionState{PeerCertificates: []*x509.Certificate{shown}})
	if err == nil || !strings.Contains(err.Error(), "rsa_pss_saltlen") {
		t.Errorf("got %v", err)
	}
}
