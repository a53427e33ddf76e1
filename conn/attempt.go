package conn

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// The phases of a connect: values of the label phase of connections_failed_total.
const (
	phaseLookup         = "lookup"
	phaseSettings       = "settings"
	phaseDial           = "dial" // including the TLS handshake
	phasePeer           = "peer"
	phaseAuthentication = "authentication" // from the StartupMessage to AuthenticationOk
	phaseSession        = "session"        // from then on to ReadyForQuery, with the check of target_session_attrs
)

// once makes one attempt, bounded by the connect timeout. If it fails, phase is where, and used is the encryption in
// use at that point: plaintext also if the server has refused to encrypt.
func (k *connector) once(ctx context.Context, h Host, address string, way encryption) (
	conn *Conn, used encryption, phase string, err error) {
	ctx, stop := k.cfg.boundConnect(ctx)
	defer stop()
	at := endpoint{host: h, network: h.network(), address: address, way: way}
	if way != plaintext {
		if at.tls, err = k.cfg.tlsFor(h); err != nil {
			return nil, way, phaseSettings, err
		}
		_, at.plainIfRefused = k.cfg.fallback(h, way, sslRefused)
	}
	nc, err := at.dial(ctx, k.cfg)
	if err != nil {
		return nil, way, phaseDial, attemptError(ctx, err)
	}
	conn = newConn(k.cfg, at, nc)
	conn.sentPasswords = slices.Clone(k.sentPasswords)
	if err := k.cfg.checkPeer(h, nc.sock); err != nil {
		conn.link.Close()
		return nil, way, phasePeer, err
	}
	if phase, err := conn.login(ctx, k.want); err != nil {
		conn.link.Close()
		k.sentPasswords = conn.sentPasswords
		return nil, conn.at.way, phase, attemptError(ctx, err)
	}
	wiremetrics.ConnectionCreated(conn.transport())
	return conn, conn.at.way, "", nil
}

func newConn(cfg *Config, at endpoint, nc dialled) *Conn {
	c := &Conn{cfg: cfg, logger: cfg.Logger, at: at, link: newLink(nc, cfg.CancelTimeout)}
	c.statements = newStatements(cfg.PrepareThreshold, cfg.StatementCacheSize)
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	if !nc.encrypted() {
		c.at.way, c.at.tls = plaintext, nil
	}
	c.at.plainIfRefused = false // the encryption is decided now
	c.reader = protocol.NewReader(nil, protocol.Limits{Row: cfg.MaxRowSize, Message: cfg.MaxMessageSize})
	return c
}

func newLink(nc dialled, patience time.Duration) *link.Link {
	if nc.encrypted() {
		return link.NewTLS(nc.Conn, nc.below, patience)
	}
	return link.New(nc.sock, patience)
}

// transport returns the value of the label transport of connections_created_total.
func (c *Conn) transport() string {
	switch {
	case c.at.way != plaintext:
		return "tls"
	case c.at.network == "unix":
		return "unix"
	}
	return "tcp"
}
