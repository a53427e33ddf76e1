package conn

import (
	"context"
	"crypto/tls"
	"net"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// handshake makes sock a TLS connection, with settings from tlsFor, and enforces sslcertmode=require: a server that
// does not ask for a certificate does not know who its client is. The error is that of the handshake, or a
// *errors.TLSError. sock is not closed.
func (c *Config) handshake(ctx context.Context, sock net.Conn, settings *tls.Config) (*tls.Conn, error) {
	asked := true
	if c.TLS == nil && c.SSLCertMode == SSLCertRequire {
		asked, settings = false, settings.Clone()
		show := settings.GetClientCertificate
		settings.GetClientCertificate = func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true // in the goroutine of the handshake
			if show == nil {
				return &tls.Certificate{}, nil
			}
			return show(r)
		}
	}
	nc := tls.Client(sock, settings)
	if err := nc.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	if !asked {
		return nil, &werr.TLSError{Detail: "the server did not ask for a certificate, and sslcertmode is require"}
	}
	return nc, nil
}
