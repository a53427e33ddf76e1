//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
)

func startBouncer(ctx context.Context, program string, s *Server, settings []string) (*Bouncer, error) {
	server, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	h, err := newHome()
	if err != nil {
		return nil, err
	}
	for range 3 {
		var b *Bouncer
		if b, err = h.bounce(ctx, program, server, settings); err == nil {
			return b, nil
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, errors.Join(err, os.RemoveAll(h.dir))
}

func (h home) bounce(ctx context.Context, program string, server *url.URL, settings []string) (*Bouncer, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := writeFiles(h.dir, bouncerFiles(h.dir, port, server.Hostname(), server.Port(), settings)); err != nil {
		return nil, err
	}
	if err := h.giveAway(); err != nil {
		return nil, err
	}
	kept, err := h.keep(program, "pgbouncer.ini")
	if err != nil {
		return nil, err
	}
	if err := waitReady(ctx, net.JoinHostPort("127.0.0.1", port), "wire_scram", kept.ended); err != nil {
		return nil, errors.Join(fmt.Errorf("PgBouncer: %w: %s", err, h.log()), kept.end())
	}
	u := *server
	u.User, u.Host = url.UserPassword("wire_scram", Password), net.JoinHostPort("127.0.0.1", port)
	return &Bouncer{URL: u.String(), stop: kept.stop}, nil
}
