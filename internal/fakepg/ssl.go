package fakepg

import (
	"crypto/tls"
	"errors"
	"fmt"
)

// SSLHook answers an SSLRequest. When it returns nil the server reads the next startup packet, encrypted where the
// hook has called Conn.Handshake.
type SSLHook func(c *Conn) error

// RefuseTLS answers N.
func RefuseTLS(c *Conn) error { return c.SendRaw([]byte{'N'}) }

// AcceptTLS answers S and makes the handshake.
func AcceptTLS(cfg *tls.Config) SSLHook { return StuffTLS(cfg, nil) }

// StuffTLS answers S, with bytes behind it that are not encrypted, in one write, and goes on with the handshake.
func StuffTLS(cfg *tls.Config, stuffed []byte) SSLHook {
	return func(c *Conn) error {
		if err := c.SendRaw(append([]byte{'S'}, stuffed...)); err != nil {
			return err
		}
		return c.Handshake(cfg)
	}
}

// AnswerSSL answers with the given bytes and then waits for what the client does.
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

// CloseSSL closes in place of an answer.
func CloseSSL(c *Conn) error {
	c.kill()
	return errLeft
}

// silentEnd waits until the client has left, and says so, because there is nothing more to read.
func (c *Conn) silentEnd() error {
	if err := c.Silence(); err != nil {
		return err
	}
	return errLeft
}

// errNoTLS is a client that does not want the TLS that the server has. It has left, or will.
var errNoTLS = errors.New("no agreement")

// Handshake makes TLS of the connection. What the client sends from here on is encrypted.
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
