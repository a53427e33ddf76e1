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
