package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// startTimeout is how long a server may take from its start to the first login.
const startTimeout = 90 * time.Second

// errEnded means that a server ended before it was ready, for example because its port was taken.
var errEnded = errors.New("the server ended while it started")

// trusted is the role that logs in without a password.
const trusted = "wire_trust"

// waitReady tries to log in to the server at address as the role until that succeeds. That proves that it is running,
// that it uses our pg_hba.conf, and that the roles exist. A value from ended means that the server has ended.
func waitReady(ctx context.Context, address, role string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := login(ctx, address, role)
		if err == nil {
			return nil
		}
		select {
		case end := <-ended:
			return errors.Join(errEnded, end)
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w", errors.Join(ctx.Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// login sends a StartupMessage for the role. Any request for authentication is enough, unless the role is wire_trust:
// then it must be AuthenticationOk.
func login(ctx context.Context, address, role string) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // nothing was written that could be lost
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	f := pgproto3.NewFrontend(c, c)
	f.Send(&pgproto3.StartupMessage{
		ProtocolVersion: pgproto3.ProtocolVersion30,
		Parameters:      map[string]string{"user": role, "database": "postgres"},
	})
	if err := f.Flush(); err != nil {
		return err
	}
	msg, err := f.Receive()
	if err != nil {
		return err
	}
	switch m := msg.(type) {
	case *pgproto3.AuthenticationOk:
		f.Send(&pgproto3.Terminate{})
		return f.Flush()
	case *pgproto3.ErrorResponse:
		return fmt.Errorf("%s %s", m.Code, m.Message)
	default:
		if role == trusted {
			return fmt.Errorf("the server wants a password of %s", trusted)
		}
		return nil
	}
}
