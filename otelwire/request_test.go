package otelwire_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/otelwire"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The span of a query belongs to the trace of the request's traceparent header.
func TestTraceOfARequest(t *testing.T) {
	t.Parallel()
	provider, exporter := traced(t)
	c := connect(t, config(t, otelwire.New(otelwire.WithTracerProvider(provider))))
	exporter.Reset()
	server := httptest.NewServer(traceRequests(provider, users(c)))
	defer server.Close()

	ctx, client := provider.Tracer("client").Start(t.Context(), "GET /users")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(r.Header))
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	server.Close() // waits until the handler has returned and its span has ended
	client.End()

	var names []string
	parents := map[string]trace.SpanID{}
	ids := map[string]trace.SpanID{}
	for _, s := range exporter.GetSpans() {
		if s.SpanContext.TraceID() != client.SpanContext().TraceID() {
			t.Errorf("the span %q belongs to another trace", s.Name)
		}
		names = append(names, s.Name)
		parents[s.Name], ids[s.Name] = s.Parent.SpanID(), s.SpanContext.SpanID()
	}
	if len(names) != 3 || parents["user"] != ids["request"] || parents["request"] != ids["GET /users"] {
		t.Errorf("spans %q with the parents %v", names, parents)
	}
}

// traceRequests begins a span for each request, in the trace of its traceparent header. Package otelhttp does that for
// net/http, with the attributes of the conventions for HTTP.
func traceRequests(provider *sdktrace.TracerProvider, next http.Handler) http.Handler {
	tracer := provider.Tracer("server")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// users answers with all users. The context of the request is all that is needed to connect the query's span to the
// trace.
func users(c *conn.Conn) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := c.Query(r.Context(), "SELECT data FROM (VALUES (jsonb '{}')) AS v(data)", stream.WithEntity("user"))
		if err != nil {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		defer s.Close() // after an error of the stream the client gets an incomplete body
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = s.WriteTo(w)
	})
}
