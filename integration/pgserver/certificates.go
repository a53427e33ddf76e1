package pgserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority is a certificate authority for one run of the tests.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// writeCertificates writes the certificates and keys of one server to dir, in PEM, valid for two days:
//
//	ca.crt, other-ca.crt                          authorities; the other one has signed nothing
//	server.crt, server.key                        for localhost, 127.0.0.1 and ::1
//	client-wire_cert.crt, client-wire_cert.key    for the role wire_cert
func writeCertificates(dir string) error {
	if _, err := newAuthority(dir, "other-ca"); err != nil {
		return err
	}
	ca, err := newAuthority(dir, "ca")
	if err != nil {
		return err
	}
	if err := ca.issue("server", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "localhost"},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}); err != nil {
		return err
	}
	return ca.issue("client-wire_cert", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "wire_cert"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// newAuthority writes name.crt.
func newAuthority(dir, name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority " + name},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	setValidity(cert)
	if err := writeCertificate(filepath.Join(dir, name+".crt"), cert, cert, key, key); err != nil {
		return nil, err
	}
	return &authority{dir, cert, key}, nil
}

// issue writes name.crt and name.key.
func (a *authority) issue(name string, cert *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	cert.SerialNumber = big.NewInt(time.Now().UnixNano())
	cert.KeyUsage = x509.KeyUsageDigitalSignature
	setValidity(cert)
	if err := writeCertificate(filepath.Join(a.dir, name+".crt"), cert, a.cert, key, a.key); err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(a.dir, name+".key"), "PRIVATE KEY", der, 0o600)
}

// setValidity sets a validity that begins in the past, for a container whose clock is slow.
func setValidity(cert *x509.Certificate) {
	cert.NotBefore = time.Now().Add(-24 * time.Hour)
	cert.NotAfter = time.Now().Add(24 * time.Hour)
}

func writeCertificate(file string, cert, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) error {
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, parentKey)
	if err != nil {
		return err
	}
	return writePEM(file, "CERTIFICATE", der, 0o644)
}

func writePEM(file, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
