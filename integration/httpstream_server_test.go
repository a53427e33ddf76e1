package integration_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// web is a server that responds with the rows of a statement, and a client for it.
type web struct {
	*http.Client
	url         string
	application string     // of its connections
	served      chan error // the results of Serve, one for each request
	observer    *testbed.Observer
}

// protocols are the versions of HTTP that a web supports.
var protocols = []string{"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"}

// newWeb serves one statement, with a connection for each request, whose backend is in the header X-Backend.
func newWeb(t *testing.T, protocol, sql string, o httpstream.Options, wrap ...func(http.Handler) http.Handler) *web {
	t.Helper()
	dsn, application := testbed.NamedApplication(t, testbed.DSN(t))
	cfg := testbed.Config(t, dsn)
	s := &web{application: application, served: make(chan error, 16), observer: testbed.Observe(t, testbed.DSN(t))}
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := conn.ConnectConfig(r.Context(), cfg)
		if err != nil {
			httpstream.Error(w, r, err, o)
			return
		}
		defer c.Close(context.Background())
		w.Header().Set("X-Backend", strconv.FormatUint(uint64(c.PID()), 10))
		// The query does not use the context of the request, because Serve must end it.
		rows, err := c.Query(context.WithoutCancel(r.Context()), sql)
		if err != nil {
			httpstream.Error(w, r, err, o)
			return
		}
		s.served <- httpstream.Serve(w, r, rows, o)
	})
	for _, wrap := range wrap {
		h = wrap(h)
	}
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = protocol == "HTTP/2.0"
	if server.EnableHTTP2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	s.Client, s.url = server.Client(), server.URL
	if protocol == "HTTP/1.0" {
		s.Client = &http.Client{Transport: oldTransport{}}
	}
	return s
}

// oldTransport uses HTTP/1.0.
type oldTransport struct{}

func (oldTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.URL.Host)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(r.Context(), func() { c.Close() })
	text := r.Method + " " + r.URL.RequestURI() + " HTTP/1.0\r\nHost: " + r.URL.Host + "\r\n"
	for name, values := range r.Header {
		for _, value := range values {
			text += name + ": " + value + "\r\n"
		}
	}
	if _, err := io.WriteString(c, text+"\r\n"); err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(c), r)
}

// ask sends a request that ends with the test or with ctx.
func (s *web) ask(t *testing.T, ctx context.Context, method, accept string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	answer, err := s.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// get sends a request and reads the whole response, or as much as arrives.
func (s *web) get(t *testing.T, accept string) (answer *http.Response, body string, err error) {
	t.Helper()
	answer = s.ask(t, testbed.Context(t), "GET", accept)
	text, err := io.ReadAll(answer.Body)
	return answer, string(text), err
}

// backendOf returns the backend of a response.
func backendOf(t *testing.T, answer *http.Response) uint32 {
	t.Helper()
	pid, err := strconv.ParseUint(answer.Header.Get("X-Backend"), 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(pid)
}

// overProtocols runs a test for each protocol.
func overProtocols(t *testing.T, test func(t *testing.T, protocol string)) {
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			test(t, protocol)
		})
	}
}
