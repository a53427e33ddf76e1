package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/query"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// adapter is the read half of a GraphQL server's database adapter, as a user of this library would write it: fields
// become statements over views, and documents are passed on as they arrive. adapter_cases_test.go runs it.
type adapter struct {
	pool  *pool.Pool
	views map[string]adapterView
}

// adapterView is the database view for a type of the GraphQL schema.
type adapterView struct {
	from   string
	schema *query.Schema // its fields
	id     query.Ref
}

// claims are the claims of the request's token.
type claims struct{ role, tenant string }

// listArgs are the arguments of a list field, as the GraphQL server has parsed them.
type listArgs struct {
	where, orderBy json.RawMessage
	first          int64  // 0: all
	after          string // the end cursor of the previous page
}

// connectionPage is a page of a list, with the fields of Relay's PageInfo.
type connectionPage struct {
	nodes     []json.RawMessage
	endCursor string
	hasNext   bool
}

// list returns a page of a list field.
func (a *adapter) list(ctx context.Context, view string, c claims, args listArgs) (connectionPage, error) {
	q, err := a.statement(view, args)
	if err != nil {
		return connectionPage{}, err
	}
	s, err := q.Run(ctx, a.pool, c.options(view)...)
	if err != nil {
		return connectionPage{}, err
	}
	var p connectionPage
	for row, err := range s.All() {
		if err != nil {
			return connectionPage{}, err
		}
		if args.first > 0 && int64(len(p.nodes)) == args.first {
			p.hasNext = true // one more row than the page was requested to find this out
			break
		}
		p.nodes = append(p.nodes, slices.Clone(row))
	}
	if len(p.nodes) > 0 {
		p.endCursor, err = q.Cursor(p.nodes[len(p.nodes)-1])
	}
	return p, err
}

// statement returns the statement of a list, in an order that ends with the id.
func (a *adapter) statement(view string, args listArgs) (query.Select, error) {
	v := a.views[view]
	q := query.From(v.from)
	if args.where != nil {
		where, err := query.ParseFilter(args.where, v.schema)
		if err != nil {
			return q, err
		}
		q = q.Where(where)
	}
	order, err := v.order(args.orderBy)
	if err != nil {
		return q, err
	}
	q = q.OrderBy(order...)
	if args.first > 0 {
		q = q.Limit(args.first + 1)
	}
	if args.after != "" {
		q = q.After(args.after)
	}
	return q, nil
}

func (v adapterView) order(orderBy json.RawMessage) (order []query.Order, err error) {
	if orderBy != nil {
		if order, err = query.ParseOrder(orderBy, v.schema); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(order, func(o query.Order) bool { return o.Ref().String() == v.id.String() }) {
		order = append(order, v.id.Asc().NotNull())
	}
	return order, nil
}

// count returns the field totalCount of a list.
func (a *adapter) count(ctx context.Context, view string, c claims, where json.RawMessage) (int64, error) {
	q, err := a.statement(view, listArgs{where: where})
	if err != nil {
		return 0, err
	}
	s, err := q.Count().Run(ctx, a.pool, c.options(view)...)
	if err != nil {
		return 0, err
	}
	counts, err := stream.Collect[struct{ Count int64 }](s)
	if err != nil {
		return 0, err
	}
	return counts[0].Count, nil
}

// byID returns a single document, or nil if there is none that the claims allow.
func (a *adapter) byID(ctx context.Context, view string, c claims, id any) (json.RawMessage, error) {
	v := a.views[view]
	s, err := query.From(v.from).Where(v.id.Eq(id)).Limit(1).Run(ctx, a.pool, c.options(view)...)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if !s.Next() {
		return nil, s.Err()
	}
	return slices.Clone(s.Row()), nil
}

// open returns the stream of a field with @stream. The first row, or the end, has been received when it returns, so
// that an earlier failure can still become an error of the field. The caller closes the stream.
func (a *adapter) open(ctx context.Context, view string, c claims, args listArgs) (*stream.Stream, error) {
	q, err := a.statement(view, args)
	if err != nil {
		return nil, err
	}
	s, err := q.Run(ctx, a.pool, c.options(view)...)
	if err != nil {
		return nil, err
	}
	if _, some := s.Peek(); !some && s.Err() != nil {
		return nil, errors.Join(s.Err(), s.Close())
	}
	return s, nil
}

// options returns the options that set the claims for one query.
func (c claims) options(view string) []stream.Option {
	return []stream.Option{
		stream.WithEntity(view), stream.WithReadOnly(), stream.WithRole(c.role),
		stream.WithSetting("app.tenant", c.tenant), stream.WithStatementTimeout(time.Minute),
	}
}

// graphQLError holds what the GraphQL server needs to know about an error: extensions.code, and whether the client may
// retry.
type graphQLError struct {
	code     string // the SQLSTATE, or the category if the database did not report an error
	usersOwn bool   // the request was wrong
	retry    bool
	after    time.Duration
}

func classify(err error) graphQLError {
	e := graphQLError{code: string(werr.CategoryOf(err)), retry: werr.SafeToRetry(err)}
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		e.code = refused.SQLState()
	}
	var wrong *werr.UsageError
	e.usersOwn = errors.As(err, &wrong)
	var open *werr.CircuitOpenError
	if errors.As(err, &open) {
		e.after = open.RetryAfter
	}
	return e
}

// poolNumbers are the numbers of the pool in the server's health report.
type poolNumbers struct{ total, idle, active, waiting int }

func (a *adapter) numbers() poolNumbers {
	st := a.pool.Stats()
	return poolNumbers{st.TotalConns, st.IdleConns, st.AcquiredConns, st.Waiting}
}

// health checks that the database answers.
func (a *adapter) health(ctx context.Context) error { return a.pool.Ping(ctx) }
