package main

import (
	"context"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// flushTimeout is the time for sending the last spans.
const flushTimeout = 5 * time.Second

// tracing sends spans to the collector named by OTEL_EXPORTER_OTLP_ENDPOINT; without it, there are none. The other
// variables of OpenTelemetry (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER) are supported too.
func tracing(ctx context.Context) (provider trace.TracerProvider, flush func(), err error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" {
		return noop.NewTracerProvider(), func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, err
	}
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	return p, func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer stop()
		_ = p.Shutdown(ctx) // an unreachable collector must not change the exit code
	}, nil
}

// traced makes a span for each request, in the trace of its traceparent header. The query's span is its child.
func traced(next http.Handler, provider trace.TracerProvider) http.Handler {
	return otelhttp.NewHandler(next, "request",
		otelhttp.WithTracerProvider(provider),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Pattern }))
}
