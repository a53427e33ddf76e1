package otelwire_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/otelwire"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// traced is a provider, and the exporter that receives its spans when they end.
func traced(t *testing.T) (*sdktrace.TracerProvider, *tracetest.InMemoryExporter) {
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return provider, exporter
}

// config returns the configuration of the server in DATABASE_URL.
func config(t *testing.T, tracer conn.Tracer) *conn.Config {
	t.Helper()
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		t.Fatal("DATABASE_URL is not set; make test starts a server and sets it")
	}
	cfg, err := conn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Tracer = tracer
	return cfg
}

func connect(t *testing.T, cfg *conn.Config) *conn.Conn {
	t.Helper()
	c, err := conn.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// attributes returns the attributes of a span by name.
func attributes(s tracetest.SpanStub) map[string]any {
	m := map[string]any{}
	for _, a := range s.Attributes {
		m[string(a.Key)] = a.Value.AsInterface()
	}
	return m
}

// with returns the attributes that all spans of a server have, and others.
func with(cfg *conn.Config, others map[string]any) map[string]any {
	m := map[string]any{
		"db.system.name": "postgresql", "db.namespace": cfg.Database,
		"server.address": cfg.Hosts[0].Name, "server.port": int64(cfg.Hosts[0].Port),
	}
	for name, value := range others {
		m[name] = value
	}
	return m
}

func TestQuerySpans(t *testing.T) {
	t.Parallel()
	for _, text := range []bool{false, true} {
		provider, exporter := traced(t)
		options := []otelwire.Option{otelwire.WithTracerProvider(provider)}
		if text {
			options = append(options, otelwire.WithQueryText())
		}
		cfg := config(t, otelwire.New(options...))
		c := connect(t, cfg)
		for _, tt := range querySpans {
			exporter.Reset()
			ctx, parent := provider.Tracer("test").Start(t.Context(), "parent")
			if s, err := c.QueryArgs(ctx, tt.sql, tt.args, tt.options...); err == nil {
				tt.leave(s)
			}
			spans := exporter.GetSpans()
			if len(spans) != 1 {
				t.Fatalf("%s: %d spans", tt.name, len(spans))
			}
			span := spans[0]
			want := with(cfg, tt.want)
			if text {
				want["db.query.text"] = tt.sql
			}
			if diff := cmp.Diff(want, attributes(span)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
			name := tt.span
			if name == "" {
				name = cfg.Database
			}
			if span.Name != name || span.SpanKind != trace.SpanKindClient || span.Status != tt.status {
				t.Errorf("%s: span %q, %v, %+v; want %q, %+v", tt.name, span.Name, span.SpanKind, span.Status, name, tt.status)
			}
			if span.Parent.SpanID() != parent.SpanContext().SpanID() {
				t.Errorf("%s: the span is not a child of the query's context", tt.name)
			}
			if first := tt.status.Code == codes.Unset; (len(span.Events) == 1) != first {
				t.Errorf("%s: events %v", tt.name, span.Events)
			}
			for _, e := range span.Events {
				if e.Time.Before(span.StartTime) || e.Time.After(span.EndTime) {
					t.Errorf("%s: event %s at %v, outside of the span", tt.name, e.Name, e.Time)
				}
			}
		}
	}
}

// readAll reads a stream to its end or to its error.
func readAll(s *stream.Stream) {
	for s.Next() { // the span has the error
	}
}

const three = "SELECT to_json(g) AS data FROM generate_series(1, 3) AS g"

var querySpans = []struct {
	name    string
	sql     string
	args    []any
	options []stream.Option
	leave   func(*stream.Stream)
	span    string // "": the database
	status  sdktrace.Status
	want    map[string]any
}{
	{
		name: "complete", sql: three, leave: readAll,
		want: map[string]any{"db.response.returned_rows": int64(3), "fraiseql.response.bytes": int64(3), "fraiseql.status": "success"},
	},
	{
		name: "entity", sql: three, options: []stream.Option{stream.WithEntity("user")}, leave: readAll, span: "user",
		want: map[string]any{
			"db.response.returned_rows": int64(3), "fraiseql.response.bytes": int64(3), "fraiseql.status": "success", "fraiseql.entity": "user",
		},
	},
	{
		name: "closed", sql: three, leave: func(s *stream.Stream) { s.Next(); _ = s.Close() },
		want: map[string]any{"db.response.returned_rows": int64(1), "fraiseql.response.bytes": int64(1), "fraiseql.status": "cancelled"},
	},
	{
		name: "cancelled", sql: three, leave: func(s *stream.Stream) { s.Next(); _ = s.Cancel(context.Background()) },
		want: map[string]any{
			"db.response.returned_rows": int64(1), "fraiseql.response.bytes": int64(1), "fraiseql.status": "cancelled",
			"error.type": "cancelled",
		},
	},
	{
		name: "refused, with an argument in the server's text", sql: "SELECT to_json($1::int) AS data", args: []any{"my-secret"},
		status: sdktrace.Status{Code: codes.Error, Description: "server, SQLSTATE 22P02"},
		want: map[string]any{
			"db.response.returned_rows": int64(0), "fraiseql.response.bytes": int64(0), "fraiseql.status": "error",
			"error.type": "22P02", "db.response.status_code": "22P02",
		},
	},
	{
		name: "schema", sql: "SELECT 1 AS data", status: sdktrace.Status{Code: codes.Error, Description: "schema"},
		want: map[string]any{
			"db.response.returned_rows": int64(0), "fraiseql.response.bytes": int64(0), "fraiseql.status": "error", "error.type": "schema",
		},
	},
}

func TestConnectSpans(t *testing.T) {
	t.Parallel()
	provider, exporter := traced(t)
	cfg := config(t, otelwire.New(otelwire.WithTracerProvider(provider)))
	connect(t, cfg)
	wrong := cfg.Clone()
	wrong.Database = "no_such_database"
	if _, err := conn.ConnectConfig(t.Context(), wrong); err == nil {
		t.Fatal("connected to a database that does not exist")
	}
	spans := exporter.GetSpans()
	if len(spans) != 2 {
		t.Fatalf("%d spans", len(spans))
	}
	for i, want := range []map[string]any{
		with(cfg, nil), with(wrong, map[string]any{"error.type": "3D000", "db.response.status_code": "3D000"}),
	} {
		if diff := cmp.Diff(want, attributes(spans[i])); diff != "" || spans[i].Name != "connect" {
			t.Errorf("%q (-want +got):\n%s", spans[i].Name, diff)
		}
	}
	if got := spans[1].Status; got.Code != codes.Error || got.Description != "server, SQLSTATE 3D000" {
		t.Errorf("a refused connect: %+v", got)
	}
}

// Attribute names are visible to users, and must be legal keys.
func TestAttributesAreValid(t *testing.T) {
	t.Parallel()
	provider, exporter := traced(t)
	tracer := otelwire.New(otelwire.WithTracerProvider(provider), otelwire.WithQueryText())
	i := conn.QueryInfo{SQL: "SELECT data FROM v_user", Entity: "user", Database: "app", Host: conn.Host{Name: "/run/postgresql"}}
	tracer.QueryEnd(tracer.QueryStart(t.Context(), i), i, stream.Summary{Status: "success"})
	spans := exporter.GetSpans()
	for _, a := range spans[0].Attributes {
		if !a.Valid() || a.Key == attribute.Key("server.port") {
			t.Errorf("attribute %s of a socket in a directory", a.Key)
		}
	}
}
