package conn

import "slices"

// encryption is one way to make a connection to a host.
type encryption uint8

const (
	plaintext  encryption = iota
	sslRequest            // an SSLRequest, then TLS if the server answers S
	directTLS             // TLS from the first byte
)

// setback is why an attempt failed, if another one with other encryption may succeed.
type setback uint8

const (
	// sslRefused: the server answered N to the SSLRequest. The connection can still be used: a plaintext attempt may
	// continue on it.
	sslRefused setback = iota
	// handshakeFailed: the TLS handshake failed, or the certificate was rejected.
	handshakeFailed
	// loginRefused: an ErrorResponse before AuthenticationOk.
	loginRefused
)

// encrypts reports whether the settings rule out an unencrypted TCP connection.
func (c *Config) encrypts() bool {
	return c.TLS != nil || c.SSLMode >= SSLRequire || c.SSLMode == 0 && c.SSLRootCert == systemRoots
}

// encryptions returns the attempts that the settings allow for a host, in their order. Unix sockets are never
// encrypted. Manual: "SSL Support", table "SSL Mode Descriptions".
func (c *Config) encryptions(h Host) []encryption {
	switch {
	case h.isSocket():
		return []encryption{plaintext}
	case c.encrypts() && c.SSLNegotiation == SSLNegotiationDirect:
		return []encryption{directTLS}
	case c.encrypts():
		return []encryption{sslRequest}
	case c.SSLMode == SSLDisable:
		return []encryption{plaintext}
	case c.SSLMode == SSLAllow:
		return []encryption{plaintext, sslRequest}
	}
	return []encryption{sslRequest, plaintext}
}

// fallback returns the attempt that follows a failed one at the same address, and whether there is one. The rule is
// that of libpq: after each setback, the next attempt of the mode follows. A refused login is one of them because
// pg_hba.conf may require encryption, or none, and a server that does so refuses the login. Any other failure is
// final for the address.
func (c *Config) fallback(h Host, failed encryption, why setback) (next encryption, ok bool) {
	if why == sslRefused && failed != sslRequest {
		return 0, false
	}
	attempts := c.encryptions(h)
	i := slices.Index(attempts, failed)
	if i < 0 || i+1 == len(attempts) {
		return 0, false
	}
	return attempts[i+1], true
}
