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

// flushTimeout bounds the sending of the last spans.
const flushTimeout = 5 * time.Second

// tracing sends spans to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names; without one there are none. The other
// variables of OpenTelemetry (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER) hold too.
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
		_ = p.Shutdown(ctx) // a collector that is away must not change how the program ends
	}, nil
}

// traced makes a span of each request, in the trace that its traceparent header names. The query's span is its child.
func traced(next http.Handler, provider trace.TracerProvider) http.Handler {
	return otelhttp.NewHandler(next, "request",
		otelhttp.WithTracerProvider(provider),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Pattern }))
}
