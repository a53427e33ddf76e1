package conn

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/argument"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func init() {
	command.Exec = func(ctx context.Context, c any, sql string) error { return c.(*Conn).simple(ctx, "query", sql) }
	command.Query = func(
		ctx context.Context, c any, sql string, args []any, set *stream.Settings,
	) (*stream.Stream, error) {
		return c.(*Conn).querySet(ctx, sql, args, set)
	}
}

// Query runs sql and returns its rows as a stream, once the server has described them. The result must be exactly one
// column named data of type json or jsonb; otherwise the error is a *errors.SchemaError, and the connection is usable
// again when Query returns it. If the server refuses the statement, the error is a *errors.ServerError.
//
// ctx bounds Query itself and the stream: when it ends, the stream fails with its error, and the query is cancelled
// on the server. The stream must be read to its end or closed; until then the connection is busy.
func (c *Conn) Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error) {
	return c.QueryArgs(ctx, sql, nil, opts...)
}

// QueryArgs is like Query, with arguments for $1, $2 and so on. They are sent separately from the statement, in text
// format, and the server infers their types: cast in SQL if it cannot ($1::int). Accepted are string, integers,
// floats, bool, nil, Bytea, time.Time, time.Duration (an interval), json.RawMessage, slices of these as arrays,
// pointers, named types according to their kind, driver.Valuer (bytes of its Value are text) and
// encoding.TextMarshaler. For any other type, including a plain []byte, the error is a *errors.UsageError that names
// the position, and nothing is sent. The same holds for a wrong number of arguments, except that the server detects
// it; the connection is idle then.
func (c *Conn) QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error) {
	set, err := stream.Configure(opts...)
	if err != nil {
		return nil, err
	}
	return c.querySet(ctx, sql, args, set)
}

// querySet is QueryArgs after the options have been checked.
func (c *Conn) querySet(ctx context.Context, sql string, args []any, set *stream.Settings) (s *stream.Stream, err error) {
	if c.cfg.Tracer != nil {
		ctx, set = c.traceQuery(ctx, sql, len(args), set)
	}
	start := time.Now()
	err = errUnwound
	defer func() {
		if err != nil {
			set.QueryFailed(ctx, start, err)
		}
	}()
	return c.queryTraced(ctx, sql, args, set)
}

// queryTraced is querySet after the trace has begun.
func (c *Conn) queryTraced(ctx context.Context, sql string, args []any, set *stream.Settings) (*stream.Stream, error) {
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
	q := c.newQuery(ctx, turn, sql, encoded, set)
	s, err := q.run()
	if err != nil {
		err = bindRefused(err, len(args))
		q.recordRefusal(err)
		return nil, err
	}
	return s, nil
}

// query is one call of Query or Ping, until it returns.
type query struct {
	*source
	op     string // "query" or "ping", for its errors
	ctx    context.Context
	sql    string
	args   [][]byte
	set    *stream.Settings
	name   string // of the entity
	entity *wiremetrics.Entity
	start  time.Time
}

func (c *Conn) newQuery(ctx context.Context, turn link.Turn, sql string, args [][]byte, set *stream.Settings) query {
	text := c.texts.look(sql)
	c.result = result{query: text.query}
	q := query{
		source: c.newSource(turn),
		op:     "query",
		ctx:    ctx,
		sql:    sql,
		args:   args,
		set:    set,
		name:   set.Entity(),
		start:  time.Now(),
	}
	if q.name != "" {
		q.entity = wiremetrics.ForEntity(q.name)
	} else {
		q.name, q.entity = text.Entity, text.metrics()
	}
	q.entity.Query(text.Where, set.HasFilter(), text.OrderBy)
	return q
}

// run sends the query, and returns its stream once the rows are described. If it returns an error, the turn is over,
// or is being ended.
func (q *query) run() (*stream.Stream, error) {
	c := q.c
	c.reader.NewQuery()
	c.reader.SetBudget(max(protocol.DefaultBudget, q.set.MaxMemory()+protocol.MinBudget))
	if err := q.encode(true); err != nil {
		c.release()
		return nil, err
	}
	q.watch.begin(q.ctx)
	if err := q.awaitRows(); err != nil {
		q.watch.end()
		return nil, err
	}
	return q.stream(), nil
}

// awaitRows sends the query and waits until its rows are described. It sends the query again if a prepared statement
// could not be used.
func (q *query) awaitRows() error {
	if err := q.roundTrip(); err != nil {
		return err
	}
	if q.heals() {
		if err := q.again(); err != nil {
			return err
		}
	}
	if q.c.result.failure != nil {
		return q.wrongStatement()
	}
	if err := werr.FromContext(q.ctx); err != nil {
		return q.failWhileWaiting(err)
	}
	return nil
}

// roundTrip sends the message, and waits until the rows are described, or the query has failed.
func (q *query) roundTrip() error {
	if first := q.set.FirstRowTimeout(); first > 0 {
		q.c.link.SetDeadline(q.turn, q.start.Add(first))
	}
	if err := q.send(); err != nil {
		return err
	}
	if err := q.await(inRows); err != nil {
		return q.failWhileWaiting(err)
	}
	return nil
}

// heals reports whether the query failed because of a prepared statement, before anything was executed, so that it
// must be run again without one.
func (q *query) heals() bool {
	switch q.c.result.failedIn {
	case parsingSettings, bindingSettings, parsing, binding:
		var refused *werr.ServerError // declared only here, because it allocates
		return errors.As(q.c.result.failure, &refused) &&
			q.c.statements.heals(q.c.result.useIn(q.c.result.failedIn), q.c.result.failedIn, refused.Code)
	}
	return false
}

// again runs the query with the unnamed statement, once the server has finished the previous attempt.
func (q *query) again() error {
	if err := q.await(ready); err != nil {
		return q.failWhileWaiting(err)
	}
	q.c.result = result{query: q.c.result.query}
	if err := q.encode(false); err != nil {
		q.c.release()
		return err
	}
	return q.roundTrip()
}

// stream hands the connection over to a stream.
func (q *query) stream() *stream.Stream {
	q.entity.Startup(time.Since(q.start))
	columnType := "JSON"
	if q.c.result.jsonb {
		columnType = "JSONB"
	}
	s, handle := stream.New(q.ctx, q.source, q.set, feed.Env{
		Metrics: q.entity, Logger: q.c.logger, Start: q.start, OneLine: q.c.result.jsonb, StopContext: q.watch.off,
		SQL: q.sql, Entity: q.name, PID: q.c.pid, ColumnType: columnType,
		Prepared: q.c.result.asked.query.statement != nil,
	})
	q.watch.handOver(handle)
	q.c.started(q.turn, handle)
	return s
}

// wrongStatement ends a query whose answer is not a stream, bounded by ctx: if ctx ends first, the drain goes on in
// the background.
func (q *query) wrongStatement() error {
	err := q.explainFailure()
	if q.c.result.phase >= completed { // the server is done or almost done, unless the statement was a list
		if lost := q.await(ready); lost != nil {
			return q.failWhileWaiting(lost)
		}
		if !q.c.result.further {
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

// explainFailure returns what is wrong with the statement, or with a setting made for it.
func (q *query) explainFailure() error {
	err := q.c.result.failure
	var refused *werr.ServerError
	if in := q.c.result.failedIn; in < parsingSettings || in > settingsMade || !errors.As(err, &refused) {
		return err
	}
	return &werr.OpError{Op: q.settingIn(refused.Message), Err: err}
}

// settingIn returns the option whose setting the server refused with a message. The server does not say which of
// several it was; usually its message quotes the parameter's name or, for a role, the value. If neither is quoted,
// all options are listed.
func (q *query) settingIn(message string) string {
	var all []string
	for i := range q.set.SessionSettings() {
		option, name, value := q.set.SessionSetting(i)
		if strings.Contains(message, `"`+name+`"`) || name == "role" && strings.Contains(message, `"`+value+`"`) {
			return option
		}
		all = append(all, option)
	}
	return strings.Join(all, ", ")
}

// failWhileWaiting ends a query that was sent, but whose answer cannot be awaited any longer: its context has ended,
// its time is over, or the connection failed. It returns the reason. The drain goes on in the background.
func (q *query) failWhileWaiting(err error) error {
	switch {
	case q.ctx.Err() != nil:
		err = &werr.OpError{Op: q.op, Err: werr.FromContext(q.ctx)}
	case q.c.isClosing():
		err = &werr.OpError{Op: q.op, Err: werr.ErrConnectionClosed}
	case q.boundsFirstRow() && errors.Is(err, os.ErrDeadlineExceeded):
		err = q.firstRowLate()
	default:
		err = q.lost(err)
	}
	q.abandon()
	return err
}

// boundsFirstRow reports whether the time to the first row is bounded. A ping has no settings.
func (q *query) boundsFirstRow() bool { return q.set != nil && q.set.FirstRowTimeout() > 0 }

// firstRowLate returns the error of a query whose time for the first row is over.
func (q *query) firstRowLate() error {
	return &werr.TimeoutError{Phase: "first row", After: q.set.FirstRowTimeout()}
}

// recordRefusal records a query that did not become a stream.
func (q *query) recordRefusal(err error) {
	took := time.Since(q.start)
	if q.ctx.Err() != nil && errors.Is(err, q.ctx.Err()) {
		q.entity.Abandoned(took)
		return
	}
	q.entity.Refused(string(werr.CategoryOf(err)), took)
}
