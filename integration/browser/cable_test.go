package browser_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// cable is a connection of a browser that can be cut after a given number of bytes.
type cable struct {
	*net.TCPConn
	mu    sync.Mutex
	armed bool
	left  int  // bytes that still pass
	reset bool // how it ends
}

var errCut = errors.New("the cable was cut")

// cutAfter lets the given number of bytes pass to the browser before the cut.
func (c *cable) cutAfter(bytes int, reset bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.left, c.reset = true, bytes, reset
}

func (c *cable) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.armed || len(p) <= c.left {
		n, err := c.TCPConn.Write(p)
		c.left -= n
		return n, err
	}
	n, err := c.TCPConn.Write(p[:c.left])
	c.left -= n
	if err == nil && c.reset {
		err = c.SetLinger(0)
	}
	return n, errors.Join(errCut, err, c.Close())
}

// socket wraps accepted connections in cables.
type socket struct{ net.Listener }

func (s socket) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &cable{TCPConn: c.(*net.TCPConn)}, nil
}

type cableKey struct{}

// cableOf returns the connection of a request.
func cableOf(r *http.Request) *cable { return r.Context().Value(cableKey{}).(*cable) }

// newSite serves a handler over cables, and returns its address.
func newSite(t *testing.T, h http.Handler) string {
	t.Helper()
	site := httptest.NewUnstartedServer(h)
	site.Listener = socket{site.Listener}
	site.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, cableKey{}, c.(*cable))
	}
	site.Start()
	t.Cleanup(func() {
		site.CloseClientConnections() // a browser keeps some open
		site.Close()
	})
	return site.URL
}
