package pool

import (
	"context"
	"slices"

	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Query runs sql on a connection of the pool, as conn.Conn.Query does. The stream gives the connection back when it has
// ended; it must be read to its end or closed.
//
// With retries, Query returns when the first row, or the end, has arrived: a query that fails before that is run again
// if errors.SafeToRetry allows it. For WithOnEnd and the metrics, each attempt is a separate query. ctx bounds the wait
// for a connection, the attempts and the delays between them, and the stream.
func (p *Pool) Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error) {
	return p.QueryArgs(ctx, sql, nil, opts...)
}

// QueryArgs is Query with arguments, as conn.Conn.QueryArgs takes them.
func (p *Pool) QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error) {
	q := request{ctx, sql, args, opts}
	s, err := p.attempt(q)
	if err == nil || !p.worthRetry(ctx, err) {
		return s, err
	}
	return p.again(q, err)
}

// request is a query with its arguments and options.
type request struct {
	ctx  context.Context
	sql  string
	args []any
	opts []stream.Option
}

// attempt runs the query once. If its connection is found dead, it takes another one.
func (p *Pool) attempt(q request) (*stream.Stream, error) {
	for {
		m, fresh, err := p.borrow(q.ctx, toStream)
		if err != nil {
			return nil, err
		}
		s, err := m.query(q, toStream)
		if err != nil && !fresh && foundDead(q.ctx, m.c, err) {
			p.healed()
			continue // each time there is one idle connection less; in the end a new one is opened
		}
		if err != nil {
			return nil, err
		}
		return p.peek(q.ctx, s)
	}
}

// query runs q on the member. If it fails, and the member was lent to a stream, the member has been given back.
func (m *member) query(q request, to lease) (*stream.Stream, error) {
	l := m.present()
	set, err := m.settings(q.opts)
	var s *stream.Stream
	if err == nil {
		s, err = command.Query(q.ctx, m.c, q.sql, q.args, set)
	}
	if err != nil {
		m.judge(err)
		if lostAtOnce(q.ctx, m.c, err) {
			m.pool.breaker.lost(err)
		}
		if to == toStream {
			m.giveBack(l) // with an invalid option, onEnd is not called
		}
		return nil, err
	}
	m.pool.breaker.answered()
	return s, nil
}

// settings checks the options of a query, and adds that the member is told its end.
func (m *member) settings(opts []stream.Option) (*stream.Settings, error) {
	if len(opts) == 0 {
		return m.plain, nil
	}
	return stream.Configure(append(slices.Clip(opts), m.onEnd)...)
}

// peek waits for the first row if retries are on, and returns an error if the query is to be retried. A stream that has
// failed otherwise is returned to the caller: its Err has the error.
func (p *Pool) peek(ctx context.Context, s *stream.Stream) (*stream.Stream, error) {
	if p.cfg.Retry.Attempts <= 1 {
		return s, nil
	}
	if _, ok := s.Peek(); ok {
		return s, nil
	}
	if err := s.Err(); p.worthRetry(ctx, err) {
		_ = s.Close() // the query's error is reported instead
		return nil, err
	}
	return s, nil
}
