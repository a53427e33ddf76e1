package integration_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// endlessStream takes a connection of the pool.
func endlessStream(t *testing.T, p *pool.Pool) *stream.Stream {
	t.Helper()
	return poolQuery(t, p, testbed.Numbered(testbed.Endless, 100))
}

// waitWaiting waits until n calls wait for a connection.
func waitWaiting(t *testing.T, p *pool.Pool, n int) {
	t.Helper()
	testbed.Eventually(t, "calls that wait", func() bool { return p.Stats().Waiting == n })
}

func TestPoolAcquireTimeout(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.MaxConns, cfg.AcquireTimeout = 1, time.Millisecond })
	// The connect may take longer than the timeout: it continues after the first call has given up.
	var held *pool.Conn
	testbed.Eventually(t, "the connection", func() (ok bool) {
		var err error
		held, err = p.Acquire(testbed.Context(t))
		return err == nil
	})
	_, err := p.Query(testbed.Context(t), testbed.Documents(1))
	var full *werr.PoolTimeoutError
	if !errors.As(err, &full) || full.InUse != 1 || full.Max != 1 || full.Waited < time.Millisecond || !full.Timeout() {
		t.Errorf("%v", err)
	}
	testbed.CheckCategory(t, err, werr.CategoryTimeout)
	page := testbed.ReadPage(t, `pool="`+p.Name()+`"`)
	if got := page.Get("fraiseql_pool_acquire_failed_total", "reason", "timeout", "pool", p.Name()); got < 1 {
		t.Errorf("%v timed out calls on the metrics page", got)
	}
	held.Release()
}

// Waiting calls get connections in their order, and one whose context ends leaves the queue.
func TestPoolWaitsInOrder(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), one)
	s := endlessStream(t, p)
	const calls = 5
	order := make(chan int, calls)
	for i := range calls {
		caller := make(chan testbed.Goroutine, 1)
		go func() {
			caller <- testbed.ThisGoroutine()
			c, err := p.Acquire(testbed.Context(t))
			if err != nil {
				t.Error(err)
			} else {
				order <- i
				c.Release()
			}
		}()
		waitWaiting(t, p, i+1)
		(<-caller).WaitState(t, "select") // a call is counted just before it is in the queue
	}
	ctx, stop := context.WithCancel(testbed.Context(t))
	gone := make(chan error)
	go func() {
		_, err := p.Acquire(ctx)
		gone <- err
	}()
	waitWaiting(t, p, calls+1)
	stop()
	if err := <-gone; !errors.Is(err, context.Canceled) || !werr.SafeToRetry(err) {
		t.Errorf("%v: want the context's error, and nothing sent", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for i := range calls {
		if got := <-order; got != i {
			t.Errorf("call %d was served instead of %d", got, i)
		}
	}
	if st := p.Stats(); st.CanceledAcquires != 1 || st.WaitedAcquires != calls+1 {
		t.Errorf("%+v", st)
	}
}

// MaxStreams keeps connections free for Acquire.
func TestPoolKeepsConnectionsFree(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.MaxConns, cfg.MaxStreams = 2, 1 })
	s := endlessStream(t, p)
	second := make(chan error)
	go func() {
		s, err := p.Query(testbed.Context(t), testbed.Documents(1))
		if err == nil {
			err = s.Close()
		}
		second <- err
	}()
	waitWaiting(t, p, 1)
	c, err := p.Acquire(testbed.Context(t)) // overtakes the query that waits for a slot
	if err != nil {
		t.Fatal(err)
	}
	c.Release()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
}

// Close refuses new calls, ends waiting ones at once, and waits for the running stream.
func TestPoolCloseWaits(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), one)
	s := endlessStream(t, p)
	waiting := make(chan error)
	go func() {
		_, err := p.Query(testbed.Context(t), testbed.Documents(1))
		waiting <- err
	}()
	waitWaiting(t, p, 1)
	closed := make(chan error, 2)
	for range 2 {
		go func() { closed <- p.Close(testbed.Context(t)) }()
	}
	if err := <-waiting; !errors.Is(err, werr.ErrPoolClosed) {
		t.Errorf("the waiting query: %v", err)
	}
	if _, err := p.Acquire(testbed.Context(t)); !errors.Is(err, werr.ErrPoolClosed) {
		t.Errorf("a new one: %v", err)
	}
	testbed.Take(t, s, 0, 1000)
	select {
	case err := <-closed:
		t.Errorf("closed while a stream is running: %v", err)
	default:
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-closed; err != nil {
			t.Error(err)
		}
	}
}

// When the context of Close ends, running queries are cancelled on the server.
func TestPoolCloseCancels(t *testing.T) {
	t.Parallel()
	dsn, application := testbed.NamedApplication(t, testbed.DSN(t))
	p := newPool(t, dsn, func(cfg *pool.Config) { cfg.MaxConns = 3 })
	streams := []*stream.Stream{endlessStream(t, p), endlessStream(t, p)}
	held, err := p.Acquire(testbed.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(testbed.Context(t))
	stop()
	if err := p.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, s := range streams {
		for s.Next() {
		}
		if !errors.Is(s.Err(), werr.ErrConnectionClosed) {
			t.Errorf("the stream's error: %v", s.Err())
		}
	}
	held.Release()
	testbed.Observe(t, testbed.DSN(t)).WaitNoQuery(application)
	testbed.Eventually(t, "an empty pool", func() bool { return p.Stats().TotalConns == 0 })
}

// A pool without lent connections closes cleanly, even if the context of Close has ended before.
func TestPoolCloseIdle(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), one)
	if err := p.Ping(testbed.Context(t)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(testbed.Context(t))
	stop()
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	if left := p.Stats().TotalConns; left != 0 {
		t.Errorf("%d connections are left", left)
	}
}

// Close does not wait for a connection that is being opened for a call: that call gets no connection, but an error.
func TestPoolCloseWhileConnecting(t *testing.T) {
	t.Parallel()
	dialing := make(chan struct{})
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) {
		cfg.Conn.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			close(dialing)
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		cfg.MaxConns, cfg.Conn.ConnectTimeout = 1, -1
	})
	asked := make(chan error, 1)
	go func() {
		_, err := p.Query(testbed.Context(t), testbed.Documents(1))
		asked <- err
	}()
	<-dialing
	if err := p.Close(testbed.Context(t)); err != nil {
		t.Error(err)
	}
	if err := <-asked; !errors.Is(err, werr.ErrPoolClosed) {
		t.Errorf("%v, want a closed pool", err)
	}
}

// Using a Conn after its release is an error, and never affects its present user.
func TestPoolConnAfterRelease(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), one)
	c, err := p.Acquire(testbed.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	running, err := c.Query(testbed.Context(t), testbed.Numbered(testbed.Endless, 100))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Query(testbed.Context(t), testbed.Documents(1)); !errors.Is(err, werr.ErrConnectionBusy) {
		t.Errorf("while a stream is running: %v", err)
	}
	c.Release() // ends the stream
	c.Release()
	if running.Next() {
		t.Error("a row after Release")
	}
	s := endlessStream(t, p)
	var usage *werr.UsageError
	if _, err := c.Query(testbed.Context(t), testbed.Documents(1)); !errors.As(err, &usage) {
		t.Errorf("Query: %v", err)
	}
	if err := c.Ping(testbed.Context(t)); !errors.As(err, &usage) {
		t.Errorf("Ping: %v", err)
	}
	if c.Conn() != nil {
		t.Error("Conn is not nil")
	}
	testbed.Take(t, s, 0, 100)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A call that gets no connection is counted once, by its reason.
func TestPoolCountsCallsWithoutAConnection(t *testing.T) {
	t.Parallel()
	proxy := testbed.NewProxy(t)
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) {
		proxy.Through(cfg.Conn)
		cfg.MaxConns, cfg.Retry.Attempts = 1, 1
		cfg.Breaker = pool.Breaker{Failures: 1, MinOpen: time.Hour, MaxOpen: time.Hour}
	})
	refused := errors.New("no way to the server")
	ended, end := context.WithCancel(testbed.Context(t))
	end()
	held, err := p.Acquire(testbed.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Query(ended, testbed.Documents(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
	held.Release()
	p.Reset()
	testbed.Eventually(t, "no connection", func() bool { return p.Stats().TotalConns == 0 })
	proxy.OnDial(func(int) error { return refused })
	if _, err := p.Query(testbed.Context(t), testbed.Documents(1)); !errors.Is(err, refused) {
		t.Errorf("%v, want %v", err, refused)
	}
	var open *werr.CircuitOpenError
	if _, err := p.Acquire(testbed.Context(t)); !errors.As(err, &open) {
		t.Errorf("%v, want an open breaker", err)
	}
	if err := p.Close(testbed.Context(t)); err != nil {
		t.Error(err)
	}
	if _, err := p.Query(testbed.Context(t), testbed.Documents(1)); !errors.Is(err, werr.ErrPoolClosed) {
		t.Errorf("%v, want a closed pool", err)
	}
	page := testbed.ReadPage(t, `pool="`+p.Name()+`"`)
	for _, reason := range []string{"context", "connect", "breaker", "closed"} {
		if got := page.Get("fraiseql_pool_acquire_failed_total", "reason", reason, "pool", p.Name()); got != 1 {
			t.Errorf("%v calls without a connection because of %s, want 1", got, reason)
		}
	}
}
