package metrics_test

import (
	"net/http"
	"os"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// A program that serves the page of github.com/VictoriaMetrics/metrics needs one line.
func ExampleRegister() {
	wiremetrics.Register()
	defer wiremetrics.Unregister()
}

// Other programs serve the library's metrics on a separate page.
func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", wiremetrics.Handler())
	server := &http.Server{Addr: "localhost:9100", Handler: mux, ReadHeaderTimeout: time.Second}
	_ = server.ListenAndServe()
}

// The page as text. This needs no registration.
func ExampleWritePrometheus() {
	wiremetrics.WritePrometheus(os.Stderr)
}
