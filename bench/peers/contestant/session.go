package contestant

import (
	"context"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// session is a connection that pgconn has opened and logged in, and does not use afterwards.
type session struct {
	conn             net.Conn
	network, address string
	key              pgproto3.CancelRequest
}

func login(ctx context.Context, dsn string) (session, error) {
	cfg, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return session{}, err
	}
	c, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return session{}, err
	}
	taken, err := c.Hijack()
	if err != nil {
		return session{}, err
	}
	s := session{conn: taken.Conn, key: pgproto3.CancelRequest{ProcessID: taken.PID, SecretKey: taken.SecretKey}}
	s.network, s.address = pgconn.NetworkAddress(cfg.Host, cfg.Port)
	return s, nil
}

// cancel sends a CancelRequest on a separate connection and waits until the server has accepted it.
func (s *session) cancel(ctx context.Context) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, s.network, s.address)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // the server has closed its side
	request, err := s.key.Encode(nil)
	if err != nil {
		return err
	}
	if _, err := c.Write(request); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}
