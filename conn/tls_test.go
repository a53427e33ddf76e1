package conn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// issued is a certificate with its key.
type issued struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	chain       [][]byte // DER: the certificate, then its issuers without the root
}

var serials atomic.Int64

// issue makes a certificate, signed by issuer, or self-signed if issuer is nil.
func issue(t *testing.T, issuer *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial := serials.Add(1)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{CommonName: "test " + big.NewInt(serial).String()},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
	}
	change(template)
	i := &issued{key: key}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	if i.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	i.chain = [][]byte{der}
	if issuer != nil && issuer.certificate.Issuer.CommonName != issuer.certificate.Subject.CommonName {
		i.chain = append(i.chain, issuer.chain...)
	}
	return i
}

func authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

// serverFor makes a server's certificate for names and addresses.
func serverFor(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		for _, name := range names {
			if ip := net.ParseIP(name); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, name)
			}
		}
	}
}

func client(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }

func (i *issued) tls() tls.Certificate {
	return tls.Certificate{Certificate: i.chain, PrivateKey: i.key}
}

// serves returns the configuration of a server that presents the certificate.
func (i *issued) serves() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{i.tls()}} }

// pem returns the certificate, and keyPEM its key.
func (i *issued) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.certificate.Raw})
}

func (i *issued) keyPEM(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// revokes returns a revocation list of an authority, in PEM. It is current until next.
func (i *issued) revokes(t *testing.T, next time.Time, certificates ...*issued) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: next.Add(-time.Hour), NextUpdate: next}
	for _, c := range certificates {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.certificate.SerialNumber, RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, i.certificate, i.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// file writes a file that only its owner can read, and returns its path.
func file(t *testing.T, parts ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, path, parts...)
	return path
}

func writeFile(t *testing.T, path string, parts ...[]byte) {
	t.Helper()
	var text []byte
	for _, part := range parts {
		text = append(text, part...)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// connected returns the two ends of a connection that has buffers, unlike a net.Pipe, in which two sides that write
// at once wait for each other.
func connected(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}

// shake performs a handshake of c with a server, and returns what either side sees of the other. home is c's home
// directory.
func shake(t *testing.T, c *Config, h Host, home string, server *tls.Config) (
	seen, shown tls.ConnectionState, err error) {
	t.Helper()
	settings, err := c.tlsFromFiles(h, home)
	if c.TLS != nil {
		settings, err = c.tlsFor(h)
	}
	if err != nil {
		return seen, shown, err
	}
	near, far := connected(t)
	done := make(chan tls.ConnectionState, 1)
	go func() {
		defer far.Close()
		_ = far.SetDeadline(time.Now().Add(10 * time.Second))
		s := tls.Server(far, server)
		if s.Handshake() == nil {
			_, _ = s.Write([]byte{1})
		}
		done <- s.ConnectionState()
	}()
	defer near.Close()
	nc, err := c.handshake(t.Context(), near, settings)
	if err == nil {
		seen = nc.ConnectionState()
		_, err = nc.Read(make([]byte, 1)) // with TLS 1.3, a server refuses a client certificate only now
	}
	_ = near.Close()
	return seen, <-done, err
}
