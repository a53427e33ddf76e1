package contestant

import (
	"context"
	"errors"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// ourClient is a connection of this library.
type ourClient struct {
	conn    *conn.Conn
	options []stream.Option
	read    func(*stream.Stream, *Watch) (Tally, error)
}

func ours() []Contestant {
	ahead := func(m stream.ReadAhead) []stream.Option { return []stream.Option{stream.WithReadAhead(m)} }
	list := []Contestant{
		{"fraiseql", "fraiseql-wire Query, Row, all by default; leaves by Stream.Close", openOurs(nil, ourRows)},
		{"fraiseql-pull", "the same with ReadAheadNever", openOurs(ahead(stream.ReadAheadNever), ourRows)},
		{"fraiseql-always", "the same with ReadAheadAlways", openOurs(ahead(stream.ReadAheadAlways), ourRows)},
		{"fraiseql-simple", "the same by the simple Query message: WithSimpleProtocol",
			openOurs([]stream.Option{stream.WithSimpleProtocol()}, ourRows)},
		{"fraiseql-prepared", "fraiseql-wire with prepare_threshold=1", openPrepared(nil)},
		{"fraiseql-scope", "the same with WithRole and two of WithSetting", openPrepared(scoped)},
	}
	for _, p := range parsers() {
		unmarshal := []stream.Option{stream.WithUnmarshal(p.unmarshal)}
		if p.name == "stdjson" {
			unmarshal = nil // the default
		}
		list = append(list, Contestant{"fraiseql+" + p.name, "fraiseql-wire Decode[T], " + p.about,
			openOurs(unmarshal, ourUsers)})
	}
	return list
}

func openOurs(options []stream.Option, read func(*stream.Stream, *Watch) (Tally, error)) opener {
	return func(ctx context.Context, dsn string) (Client, error) {
		c, err := conn.Connect(ctx, dsn)
		return &ourClient{c, options, read}, err
	}
}

// openPrepared prepares each statement at its first run; options depend on the user who has logged in.
func openPrepared(options func(user string) []stream.Option) opener {
	return func(ctx context.Context, dsn string) (Client, error) {
		cfg, err := conn.ParseConfig(dsn)
		if err != nil {
			return nil, err
		}
		cfg.PrepareThreshold = 1
		c, err := conn.ConnectConfig(ctx, cfg)
		client := &ourClient{conn: c, read: ourRows}
		if options != nil {
			client.options = options(cfg.User)
		}
		return client, err
	}
}

// scoped returns the options for a role that the user always has, and two claims.
func scoped(user string) []stream.Option {
	return []stream.Option{
		stream.WithRole(user), stream.WithSetting(tenantSetting, tenant), stream.WithSetting(userSetting, userID),
	}
}

// The settings of the contestants with a scope, in addition to the role.
const (
	tenantSetting, tenant = "app.tenant", "acme"
	userSetting, userID   = "app.user_id", "4711"
)

// Run implements Client.
func (c *ourClient) Run(ctx context.Context, q workload.Query, watch *Watch) (Tally, error) {
	s, err := c.conn.Query(ctx, q.SQL, c.options...)
	if err != nil {
		return Tally{}, err
	}
	t, err := c.read(s, watch)
	if errors.Is(err, errLeft) {
		return t, s.Close()
	}
	return t, errors.Join(err, s.Err(), s.Close())
}

// Close implements Client.
func (c *ourClient) Close() error { return c.conn.Close(context.Background()) }

func ourRows(s *stream.Stream, watch *Watch) (t Tally, err error) {
	for s.Next() {
		t.add(s.Row())
		if watch.leaves(t.Rows) {
			return t, errLeft
		}
	}
	return t, nil
}

func ourUsers(s *stream.Stream, watch *Watch) (t Tally, err error) {
	for user, err := range stream.Decode[workload.User](s) {
		if err != nil {
			return t, err
		}
		t.decoded(&user)
		if watch.leaves(t.Rows) {
			return t, errLeft
		}
	}
	return t, nil
}
