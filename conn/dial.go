package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// maxSocketPath is the length in bytes of the longest path of a Unix socket: one less than sockaddr_un holds
// (unix(7)).
const maxSocketPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// endpoint is where and how a server is reached. The main connection and its cancel requests use the same.
type endpoint struct {
	host    Host
	network string
	address string // with the name resolved, unless Config.Dial is set
	way     encryption
	tls     *tls.Config // nil for plaintext
	// plainIfRefused means to go on unencrypted, on the same socket, if the server does not support TLS.
	plainIfRefused bool
}

// dialled is a new connection to a server.
type dialled struct {
	net.Conn                // to read from and write to
	sock     net.Conn       // the socket below TLS; without TLS the same as Conn
	below    *link.BelowTLS // the socket as TLS reads it; nil without TLS
}

// encrypted reports whether the connection uses TLS.
func (d dialled) encrypted() bool { return d.Conn != d.sock }

// dial connects, and encrypts if the endpoint requires it. If it fails, or ctx ends before it returns, the socket is
// closed.
func (e endpoint) dial(ctx context.Context, cfg *Config) (dialled, error) {
	sock, err := cfg.dialer()(ctx, e.network, e.address)
	if err != nil {
		return dialled{}, err
	}
	if sock == nil {
		return dialled{}, &werr.ConfigError{Key: "Dial", Detail: "it returned neither a connection nor an error"}
	}
	sock = link.WithDeadlines(sock)
	if e.way == plaintext {
		return dialled{Conn: sock, sock: sock}, nil
	}
	stop := context.AfterFunc(ctx, func() { link.Expire(sock) })
	below := &link.BelowTLS{Conn: sock}
	nc, err := e.encrypt(ctx, cfg, below)
	if !stop() && err == nil {
		err = werr.FromContext(ctx)
	}
	if err != nil {
		_ = sock.Close()
		return dialled{}, err
	}
	return dialled{Conn: nc, sock: sock, below: below}, nil
}

// errNotEncrypting is the end of an error text if the server answered N to the request for TLS.
var errNotEncrypting = errors.New("use sslmode=disable if that is acceptable")

// encrypt asks the server for TLS and performs the handshake ("SSL Session Encryption").
func (e endpoint) encrypt(ctx context.Context, cfg *Config, below *link.BelowTLS) (net.Conn, error) {
	if e.way == sslRequest {
		yes, err := requestTLS(below.Conn)
		switch {
		case err != nil:
			return nil, err
		case !yes && e.plainIfRefused:
			return below.Conn, nil
		case !yes:
			return nil, &werr.TLSError{Detail: "the server does not encrypt", Err: errNotEncrypting}
		}
	}
	nc, err := cfg.handshake(ctx, below, e.tls)
	if err != nil {
		return nil, &werr.TLSError{Detail: "handshake failed", Err: err}
	}
	if p := nc.ConnectionState().NegotiatedProtocol; e.way == directTLS && p != alpnProtocol {
		return nil, &werr.TLSError{Detail: fmt.Sprintf(
			"the server did not agree on the protocol %q; sslnegotiation=direct needs PostgreSQL 17", alpnProtocol)}
	}
	return nc, nil
}

// requestTLS sends an SSLRequest, and reports whether the server agrees. The answer is one byte, and only one byte is
// read: what follows belongs to the handshake, which fails if anything was sent unencrypted (CVE-2021-23222). If the
// answer is an error, its text is not shown, because it was not authenticated (CVE-2024-10977).
func requestTLS(sock net.Conn) (yes bool, err error) {
	if _, err := sock.Write(protocol.AppendSSLRequest(nil)); err != nil {
		return false, &werr.OpError{Op: "write", Err: err}
	}
	var answer [1]byte
	if _, err := sock.Read(answer[:]); err != nil {
		return false, explain(err)
	}
	switch answer[0] {
	case 'S':
		return true, nil
	case 'N':
		return false, nil
	case 'E':
		return false, &werr.TLSError{Detail: "the server answered the request to encrypt with an error"}
	}
	return false, &werr.ProtocolError{State: "asking for TLS", Detail: fmt.Sprintf(
		"the answer is %q; is this a PostgreSQL server?", answer[0])}
}

// dialer returns the function that makes network connections.
func (c *Config) dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial
	}
	d := &net.Dialer{KeepAliveConfig: c.keepAlive(), KeepAlive: -1} // -1 leaves it to KeepAliveConfig
	if c.TCPUserTimeout > 0 {
		d.ControlContext = func(_ context.Context, network, _ string, raw syscall.RawConn) error {
			return link.SetUserTimeout(raw, network, c.TCPUserTimeout)
		}
	}
	return d.DialContext
}

// keepAlive returns the keepalive configuration of sockets. As in libpq, what is not set is left to the operating
// system; for package net that is a negative number, while zero means the default of package net.
func (c *Config) keepAlive() net.KeepAliveConfig {
	k := net.KeepAliveConfig{
		Enable:   !c.DisableKeepalives,
		Idle:     c.KeepalivesIdle,
		Interval: c.KeepalivesInterval,
		Count:    c.KeepalivesCount,
	}
	setDefault(&k.Idle, -1)
	setDefault(&k.Interval, -1)
	setDefault(&k.Count, -1)
	return k
}

// addresses returns the addresses of a host, in the order in which to try them.
func (c *Config) addresses(ctx context.Context, h Host) ([]string, error) {
	if c.Dial != nil {
		return []string{h.address()}, nil
	}
	if h.isSocket() {
		if n := len(h.address()); n > maxSocketPath {
			return nil, &werr.ConfigError{Key: "host", Detail: fmt.Sprintf(
				"the path of the unix socket has %d bytes, and the limit is %d; use a shorter directory", n, maxSocketPath)}
		}
		return []string{h.address()}, nil
	}
	name, port, err := net.SplitHostPort(h.address())
	if err != nil {
		return nil, &werr.ConfigError{Key: "host", Detail: err.Error()}
	}
	found, err := net.DefaultResolver.LookupHost(ctx, name)
	var unknown *net.DNSError
	if errors.As(err, &unknown) && unknown.IsNotFound {
		return nil, fmt.Errorf("the host name %q is unknown: %w", name, err)
	}
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i] = net.JoinHostPort(found[i], port)
	}
	return inOrder(c.LoadBalanceHosts, found), nil
}
