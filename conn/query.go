package conn

import (
	"context"
	"errors"
	"os"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/argument"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	"github.com/fraiseql/fraiseql-wire-go/internal/sqltext"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Query runs sql and returns its rows as a stream, once the server has said what they are. The result must be exactly one
// column named data of type json or jsonb; anything else is a *errors.SchemaError, and the connection is usable
// again when Query returns it. What the server refuses is a *errors.ServerError.
//
// ctx bounds Query itself and the stream: when it ends, the stream fails with its error, and the query is cancelled on
// the server. The stream must be read to its end or closed; until then the connection is busy.
func (c *Conn) Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error) {
	return c.QueryArgs(ctx, sql, nil, opts...)
}

// QueryArgs is Query with arguments for $1, $2 and so on. They travel beside the statement, in text format, and the
// server infers their types: cast in SQL where it cannot ($1::int). Accepted are string, integers, floats, bool, nil,
// Bytea, time.Time, time.Duration (an interval), json.RawMessage, slices of these as arrays, pointers, named types by their
// kind, driver.Valuer (bytes of its Value are text) and encoding.TextMarshaler. Anything else, a plain []byte included, is a
// *errors.UsageError that names the position, and nothing is sent. So is a wrong number of arguments, which the server finds;
// the connection is idle then.
func (c *Conn) QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error) {
	set, err := stream.Configure(opts...)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	s, err := c.queryArgs(ctx, sql, args, set)
	if err != nil {
		set.QueryFailed(ctx, start, err)
	}
	return s, err
}

// queryArgs is QueryArgs with the options checked.
func (c *Conn) queryArgs(ctx context.Context, sql string, args []any, set *stream.Settings) (*stream.Stream, error) {
	encoded, err := argument.Encode(args)
	if err != nil {
		return nil, err
	}
	if set.SimpleProtocol() && len(args) > 0 {
		return nil, &werr.UsageError{Detail: "WithSimpleProtocol takes no arguments: a simple Query message has no room for them"}
	}
	turn, err := c.begin(ctx, "query")
	if err != nil {
		return nil, err
	}
	q := c.newQuery(ctx, turn, sql, set)
	s, err := q.run(sql, encoded)
	if err != nil {
		err = bindRefused(err, len(args))
		q.refused(err)
		return nil, err
	}
	return s, nil
}

// query is a query until it is a stream.
type query struct {
	*source
	op     string // query or ping, in its errors
	ctx    context.Context
	sql    string
	set    *stream.Settings
	name   string // of the entity
	entity *wiremetrics.Entity
	start  time.Time
	watch  watch
}

func (c *Conn) newQuery(ctx context.Context, turn link.Turn, sql string, set *stream.Settings) *query {
	text := sqltext.Describe(sql)
	entity := set.Entity()
	if entity == "" {
		entity = text.Entity
	}
	q := &query{
		source: &source{c: c, turn: turn, result: result{query: sqltext.IsQuery(sql)}},
		op:     "query",
		ctx:    ctx,
		sql:    sql,
		set:    set,
		name:   entity,
		entity: wiremetrics.ForEntity(entity),
		start:  time.Now(),
	}
	q.entity.Query(text.Where, set.HasFilter(), text.OrderBy)
	return q
}

// run sends the query, and returns its stream once the rows are described. With an error the turn is over, or is being
// ended.
func (q *query) run(sql string, args [][]byte) (*stream.Stream, error) {
	c := q.c
	c.reader.NewQuery()
	c.reader.SetBudget(max(protocol.DefaultBudget, q.set.MaxMemory()+protocol.MinBudget))
	if err := q.encode(sql, args); err != nil {
		c.release()
		return nil, err
	}
	q.watch.begin(q.ctx, c.link, q.turn)
	if err := q.ask(); err != nil {
		q.watch.end()
		return nil, err
	}
	return q.stream(), nil
}

// ask sends the query, and waits until its rows are described.
func (q *query) ask() error {
	if err := q.send(); err != nil {
		return err
	}
	if first := q.set.FirstRowTimeout(); first > 0 {
		q.c.link.SetDeadline(q.turn, q.start.Add(first))
	}
	if err := q.await(inRows); err != nil {
		return q.failWhileWaiting(err)
	}
	if q.result.failure != nil {
		return q.wrongStatement()
	}
	if err := werr.FromContext(q.ctx); err != nil {
		return q.failWhileWaiting(err)
	}
	return nil
}

func (q *query) encode(sql string, args [][]byte) (err error) {
	c := q.c
	if q.result.simple = q.set.SimpleProtocol(); q.result.simple {
		q.result.phase = describing
		c.out, err = protocol.AppendSimpleQuery(c.out[:0], sql)
		return err
	}
	c.out, err = protocol.AppendQuery(c.out[:0], sql, args)
	return err
}

// stream hands the connection over to a stream.
func (q *query) stream() *stream.Stream {
	q.entity.Startup(time.Since(q.start))
	columnType := "JSON"
	if q.result.jsonb {
		columnType = "JSONB"
	}
	s, handle := stream.New(q.ctx, q.source, q.set, feed.Env{
		Metrics: q.entity, Logger: q.c.logger, Start: q.start, OneLine: q.result.jsonb, StopContext: q.watch.off,
		SQL: q.sql, Entity: q.name, PID: q.c.pid, ColumnType: columnType,
	})
	q.watch.handOver(handle)
	q.c.started(q.turn, handle)
	return s
}

// wrongStatement ends a query whose answer is not a stream, within ctx: the drain goes on behind it if ctx ends first.
func (q *query) wrongStatement() error {
	err := q.result.failure
	if q.result.phase >= completed { // the server is done, or as good as done, unless the statement was a list
		if lost := q.await(ready); lost != nil {
			return q.failWhileWaiting(lost)
		}
		if !q.result.further {
			q.c.release()
			return err
		}
	}
	over := q.abandon()
	select {
	case <-over:
	case <-q.ctx.Done():
	}
	return err
}

// failWhileWaiting ends a query that was sent, and whose answer cannot be waited for any longer: its context or its time
// is over, or the connection failed. It returns the reason. The drain goes on in the background.
func (q *query) failWhileWaiting(err error) error {
	switch {
	case q.ctx.Err() != nil:
		err = &werr.OpError{Op: q.op, Err: werr.FromContext(q.ctx)}
	case q.c.isClosing():
		err = &werr.OpError{Op: q.op, Err: werr.ErrConnectionClosed}
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = &werr.TimeoutError{Phase: "first row", After: q.set.FirstRowTimeout()}
	default:
		err = q.lost(err)
	}
	q.abandon()
	return err
}

// refused records a query that did not become a stream.
func (q *query) refused(err error) {
	took := time.Since(q.start)
	if q.ctx.Err() != nil && errors.Is(err, q.ctx.Err()) {
		q.entity.Abandoned(took)
		return
	}
	q.entity.Refused(string(werr.CategoryOf(err)), took)
}
