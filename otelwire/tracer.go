package otelwire

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Name is the name of the instrumentation scope of the spans.
const Name = "github.com/fraiseql/fraiseql-wire-go/otelwire"

// Tracer is a conn.Tracer that records spans. It may be used for any number of connections, from any goroutine.
type Tracer struct {
	tracer trace.Tracer
	text   bool
}

var _ conn.Tracer = (*Tracer)(nil)

// New returns a Tracer with the global TracerProvider, unless an option sets another.
func New(options ...Option) *Tracer {
	s := settings{provider: otel.GetTracerProvider()}
	for _, set := range options {
		set(&s)
	}
	return &Tracer{tracer: s.provider.Tracer(Name), text: s.text}
}

// Option configures a Tracer.
type Option func(*settings)

type settings struct {
	provider trace.TracerProvider
	text     bool
}

// WithTracerProvider sets a TracerProvider to use instead of the global one.
func WithTracerProvider(p trace.TracerProvider) Option { return func(s *settings) { s.provider = p } }

// WithQueryText records the statement of each query in db.query.text. Arguments are never part of it, but a statement
// that the program has built from strings may contain values that should not be in a trace.
func WithQueryText() Option { return func(s *settings) { s.text = true } }

// ConnectStart begins the span "connect".
func (t *Tracer) ConnectStart(ctx context.Context, i conn.ConnectInfo) context.Context {
	ctx, _ = t.tracer.Start(ctx, "connect",
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(place(i.Host, i.Database)...))
	return ctx
}

// ConnectEnd ends the span that ConnectStart began.
func (t *Tracer) ConnectEnd(ctx context.Context, _ conn.ConnectInfo, err error) {
	span := trace.SpanFromContext(ctx)
	if err != nil {
		fail(span, err)
		span.SetStatus(codes.Error, describe(err))
	}
	span.End()
}

// QueryStart begins a span with the name of the query's entity, or of the database if no entity is known.
func (t *Tracer) QueryStart(ctx context.Context, i conn.QueryInfo) context.Context {
	name := i.Database
	attributes := place(i.Host, i.Database)
	if i.Entity != "" {
		name = i.Entity
		attributes = append(attributes, keyEntity.String(i.Entity))
	}
	if t.text {
		attributes = append(attributes, keyQueryText.String(i.SQL))
	}
	ctx, _ = t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx
}

// QueryEnd ends the span that QueryStart began. A query that the program ended early, by Close, Cancel or the end of
// its context, is not an error of the span.
func (t *Tracer) QueryEnd(ctx context.Context, _ conn.QueryInfo, sum stream.Summary) {
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(
		keyReturnedRows.Int64(int64(sum.TotalRowsYielded)),
		keyBytes.Int64(int64(sum.TotalBytes)),
		keyStatus.String(sum.Status),
	)
	if sum.FirstRow > 0 {
		span.AddEvent("first row", trace.WithTimestamp(time.Now().Add(sum.FirstRow-sum.Elapsed)))
	}
	if sum.Err != nil {
		fail(span, sum.Err)
	}
	if sum.Status == "error" {
		span.SetStatus(codes.Error, describe(sum.Err))
	}
	span.End()
}

// fail records the kind of an error, but not its text, because the server's text may quote an argument.
func fail(span trace.Span, err error) {
	code := stateOf(err)
	if code == "" {
		span.SetAttributes(keyErrorType.String(string(werr.CategoryOf(err))))
		return
	}
	span.SetAttributes(keyErrorType.String(code), keyStatusCode.String(code))
}

// describe returns the category of an error, and the SQLSTATE if the server sent one.
func describe(err error) string {
	text := string(werr.CategoryOf(err))
	if code := stateOf(err); code != "" {
		text += ", SQLSTATE " + code
	}
	return text
}

func stateOf(err error) string {
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		return refused.SQLState()
	}
	return ""
}

// place returns the attributes of the server and database. If the host is a directory of Unix sockets, there is no
// port.
func place(h conn.Host, database string) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		keySystem.String("postgresql"), keyNamespace.String(database), keyAddress.String(h.Name),
	}
	if h.Port != 0 {
		attributes = append(attributes, keyPort.Int(int(h.Port)))
	}
	return attributes
}
