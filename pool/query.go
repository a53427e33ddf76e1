package pool

import (
	"context"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Query runs sql on a connection of the pool, as conn.Conn.Query does. The stream gives the connection back when it has
// ended; it must be read to its end or closed.
//
// With retries on, Query returns when the first row has come, or the end: a query that fails before that is run again
// while errors.SafeToRetry allows it. Each attempt is a query of its own to WithOnEnd and to the metrics. ctx bounds the
// wait for a connection, the attempts with what lies between them, and the stream.
func (p *Pool) Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error) {
	return p.QueryArgs(ctx, sql, nil, opts...)
}

// QueryArgs is Query with arguments, which are those of conn.Conn.QueryArgs.
func (p *Pool) QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error) {
	q := request{ctx, sql, args, opts}
	s, err := p.attempt(q)
	if err == nil || !p.worthRetry(ctx, err) {
		return s, err
	}
	return p.again(q, err)
}

// request is a query as the caller made it.
type request struct {
	ctx  context.Context
	sql  string
	args []any
	opts []stream.Option
}

// attempt runs the query once, on a connection that is not found dead.
func (p *Pool) attempt(q request) (*stream.Stream, error) {
	for {
		m, fresh, err := p.borrow(q.ctx, toStream)
		if err != nil {
			return nil, err
		}
		s, err := m.query(q, toStream)
		if err != nil && !fresh && foundDead(q.ctx, m.c, err) {
			p.healed()
			continue // each time one idle connection fewer: in the end one is made
		}
		if err != nil {
			return nil, err
		}
		return p.peek(q.ctx, s)
	}
}

// query runs q on the member. With an error the member has been given back, if it was lent to a stream.
func (m *member) query(q request, to lease) (*stream.Stream, error) {
	l := m.present()
	opts := append(q.opts[:len(q.opts):len(q.opts)], m.onEnd)
	s, err := m.c.QueryArgs(q.ctx, q.sql, q.args, opts...)
	if err != nil {
		m.judge(err)
		if lostAtOnce(q.ctx, m.c, err) {
			m.pool.breaker.lost(err)
		}
		if to == toStream {
			m.giveBack(l) // a refused option has no end to tell of
		}
		return nil, err
	}
	m.pool.breaker.answered()
	return s, nil
}

// peek waits for the first row where a failure in its place would be retried. A stream that fails for good is the
// caller's: its Err says why.
func (p *Pool) peek(ctx context.Context, s *stream.Stream) (*stream.Stream, error) {
	if p.cfg.Retry.Attempts <= 1 {
		return s, nil
	}
	if _, ok := s.Peek(); ok {
		return s, nil
	}
	if err := s.Err(); p.worthRetry(ctx, err) {
		_ = s.Close() // the query's own error is what is told
		return nil, err
	}
	return s, nil
}
