package metrics_test

import (
	"net/http"
	"os"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// A program with a page of github.com/VictoriaMetrics/metrics needs one line.
func ExampleRegister() {
	wiremetrics.Register()
	defer wiremetrics.Unregister()
}

// A program without one serves the library's metrics by themselves.
func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", wiremetrics.Handler())
	server := &http.Server{Addr: "localhost:9100", Handler: mux, ReadHeaderTimeout: time.Second}
	_ = server.ListenAndServe()
}

// The page as text, without any registration.
func ExampleWritePrometheus() {
	wiremetrics.WritePrometheus(os.Stderr)
}
