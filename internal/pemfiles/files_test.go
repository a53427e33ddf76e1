package pemfiles

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority returns a certificate in PEM, and a revocation list that it has signed.
func authority(t *testing.T) (certificate, list string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: now, NotAfter: now.Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := x509.CreateRevocationList(rand.Reader,
		&x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now, NextUpdate: now.Add(time.Hour)}, issuer, key)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der), block("X509 CRL", crl)
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// damage changes the base64 of a block so that it does not decode.
func damage(text string) string { return strings.Replace(text, "A", "?", 1) }

func TestRoots(t *testing.T) {
	t.Parallel()
	one, list := authority(t)
	two, _ := authority(t)
	cut := one[:len(one)/2]
	for _, test := range []struct{ name, text, says string }{
		{"one", one, ""},
		{"two with text around them", "authorities\n" + one + "and\n" + two + "end\n", ""},
		{"a byte order mark", "\ufeff" + one, ""},
		{"CRLF", strings.ReplaceAll(one, "\n", "\r\n"), ""},
		{"an older name", strings.ReplaceAll(one, "CERTIFICATE", "X509 CERTIFICATE"), ""},
		{"a revocation list with it", one + list, ""},
		{"text that resembles a header", "-----BEGIN CERTIFICA\n" + one, ""},
		{"nothing", "", "no certificate in PEM"},
		{"no certificate", list, "no certificate in PEM"},
		{"damaged", damage(one), "its block 1 is damaged"},
		{"damaged after a valid one", one + damage(two), "its block 2 is damaged"},
		{"damaged before a valid one", damage(one) + two, "its block 1 is damaged"},
		{"cut off", one + cut, "its block 2 is damaged"},
		{"cut off before a valid one", cut + "\n" + two, "its block 1 is damaged"},
		{"no certificate inside", one + block("CERTIFICATE", []byte{1, 2, 3}), "does not parse"},
		{"trusted", one + strings.ReplaceAll(two, "CERTIFICATE", "TRUSTED CERTIFICATE"), "openssl x509"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, test.text)
			pool, err := Roots(path)
			check(t, path, pool != nil, err, test.says)
		})
	}
}

func TestRevocationsAreAllOrNothing(t *testing.T) {
	t.Parallel()
	certificate, list := authority(t)
	for _, test := range []struct{ name, text, says string }{
		{"one", list, ""},
		{"with a certificate", certificate + list, ""},
		{"none", certificate, "no revocation list"},
		{"damaged after a valid one", list + damage(list), "its block 2 is damaged"},
		{"no list inside", list + block("X509 CRL", []byte{1}), "does not parse"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var r Revocations
			path := write(t, test.text)
			err := r.AddFile(path)
			check(t, path, len(r.lists) > 0, err, test.says)
			if test.says != "" {
				check(t, path, false, r.AddDirectory(filepath.Dir(path)), test.says)
			}
		})
	}
}

func TestChainThatIsDamaged(t *testing.T) {
	t.Parallel()
	one, _ := authority(t)
	path := write(t, one+damage(one))
	_, err := Chain(path)
	check(t, path, false, err, "its block 2 is damaged")
}

// check wants an error that contains says and the path, or none if says is empty.
func check(t *testing.T, path string, found bool, err error, says string) {
	t.Helper()
	switch {
	case says == "" && (err != nil || !found):
		t.Errorf("got %t, %v", found, err)
	case says != "" && (err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path)):
		t.Errorf("got %v; want one of %s with %q", err, path, says)
	}
}

func TestFilesThatAreMissing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none")
	var r Revocations
	_, roots := Roots(path)
	_, chain := Chain(path)
	_, key := Key(path, "")
	for _, err := range []error{roots, chain, key, r.AddFile(path), r.AddDirectory(path)} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	}
}
