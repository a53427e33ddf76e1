package fakepg

import (
	"crypto/tls"
	"errors"
	"fmt"
)

// SSLHook answers an SSLRequest. If it returns nil, the server reads the next startup packet, which is encrypted if the
// hook has called Conn.Handshake.
type SSLHook func(c *Conn) error

// RefuseTLS answers N.
func RefuseTLS(c *Conn) error { return c.SendRaw([]byte{'N'}) }

// AcceptTLS answers S and performs the handshake.
func AcceptTLS(cfg *tls.Config) SSLHook { return StuffTLS(cfg, nil) }

// StuffTLS answers S followed by unencrypted bytes, in one write, and then performs the handshake.
func StuffTLS(cfg *tls.Config, stuffed []byte) SSLHook {
	return func(c *Conn) error {
		if err := c.SendRaw(append([]byte{'S'}, stuffed...)); err != nil {
			return err
		}
		return c.Handshake(cfg)
	}
}

// AnswerSSL answers with the given bytes and then waits until the client leaves.
func AnswerSSL(answer []byte) SSLHook {
	return func(c *Conn) error {
		if err := c.SendRaw(answer); err != nil {
			return err
		}
		return c.silentEnd()
	}
}

// SilentSSL does not answer.
func SilentSSL(c *Conn) error { return c.silentEnd() }

// CloseSSL closes the connection instead of answering.
func CloseSSL(c *Conn) error {
	c.kill()
	return errLeft
}

// silentEnd waits until the client has left, and returns errLeft, because there is nothing more to read.
func (c *Conn) silentEnd() error {
	if err := c.Silence(); err != nil {
		return err
	}
	return errLeft
}

// errNoTLS is the error of a handshake that the client has rejected. The client has left, or is about to.
var errNoTLS = errors.New("no agreement")

// Handshake performs the server's side of the TLS handshake. Afterwards the connection is encrypted.
func (c *Conn) Handshake(cfg *tls.Config) error {
	c.socket.mark()
	encrypted := tls.Server(c.socket, cfg)
	if err := encrypted.Handshake(); err != nil {
		return fmt.Errorf("TLS handshake: %w: %w", errNoTLS, err)
	}
	state := encrypted.ConnectionState()
	c.tls = &state
	c.certificate = cfg.Certificates[0].Leaf
	c.use(&tap{Conn: encrypted})
	return nil
}
