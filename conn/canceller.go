package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

const (
	// firstPause is the time after which a query that was cancelled, but has not ended, is cancelled again; the pause
	// is doubled each time. The server ignores a cancel that arrives while it is still reading the command.
	firstPause = 100 * time.Millisecond
	// maxFarewell is the number of bytes that are read at most while the server is expected to close a connection.
	// PostgreSQL sends none.
	maxFarewell = 64 << 10
)

// canceller sends CancelRequests for the query under way until finish is called because the query has ended
// ("Canceling Requests in Progress").
//
// Each request uses a new connection. The server acts on a request before it closes that connection, so its EOF
// proves that the cancel cannot hit a later query. If the request was written, and its connection ends in any other
// way, the request may still be in transit: then there is no proof, and the main connection must not be used again.
// (The error query_canceled is no proof: a statement timeout raises it too.)
type canceller struct {
	c        *Conn
	ctx      context.Context
	abort    context.CancelFunc
	deadline time.Time
	first    chan struct{} // closed when the first request has ended in any way
	stop     chan struct{} // closed when no further request may be sent
	done     chan struct{} // closed when run has returned

	mu       sync.Mutex
	stopped  bool
	inFlight bool  // a request was or is being written, and its connection has not ended
	unproven error // why there is no proof; set before done is closed
}

func startCanceller(c *Conn, deadline time.Time) *canceller {
	k := &canceller{
		c: c, deadline: deadline,
		first: make(chan struct{}), stop: make(chan struct{}), done: make(chan struct{}),
	}
	k.ctx, k.abort = context.WithDeadline(context.Background(), deadline)
	go k.run()
	return k
}

// finish prevents further requests, and waits for a request under way if the drain succeeded, because then the
// connection is to be kept. It returns the reason if there is no proof, else nil.
func (k *canceller) finish(drained bool) error {
	k.mu.Lock()
	k.stopped = true
	await := k.inFlight && drained
	k.mu.Unlock()
	close(k.stop)
	if !await {
		k.abort()
	}
	<-k.done
	k.abort()
	if !drained && errors.Is(k.unproven, os.ErrDeadlineExceeded) && time.Now().Before(k.deadline) {
		return nil // only a consequence of the abort above
	}
	return k.unproven
}

func (k *canceller) run() {
	defer close(k.done)
	k.unproven = k.send()
	close(k.first)
	for pause := firstPause; k.unproven == nil; pause *= 2 {
		if !k.wait(pause) {
			return
		}
		k.unproven = k.send()
	}
	k.c.shut() // ends the drain
}

// wait waits for the duration of pause. It returns false if the query ends first, or the deadline passes.
func (k *canceller) wait(pause time.Duration) (again bool) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-k.stop:
	case <-k.ctx.Done():
	}
	return false
}

// headStart waits for the end of the first request, but at most for half of the time that is left. While nothing is
// read, the server soon blocks in its writes. If the rows were read at once, the server would go on to produce rows
// that are not wanted, and a server with many such queries would be too busy to accept the requests that end them. If
// the request is delayed, the query may still end by itself, so the other half of the time is for reading.
func (k *canceller) headStart() {
	late := time.NewTimer(time.Until(k.deadline) / 2)
	defer late.Stop()
	select {
	case <-k.first:
	case <-late.C:
	case <-k.c.link.Closed():
	}
}

// send makes one request. It returns an error if the request was written, and its connection did not end with EOF. A
// request that could not be written does no harm, and the next one follows.
func (k *canceller) send() error {
	nc, err := k.c.at.dial(k.ctx, k.c.cfg)
	if err != nil {
		return nil
	}
	defer nc.sock.Close() //nolint:errcheck // everything was written, or need not be
	request, err := protocol.AppendCancelRequest(nil, k.c.pid, k.c.key)
	if err != nil || !k.beginWrite() {
		return nil
	}
	defer k.endWrite()
	stop := context.AfterFunc(k.ctx, func() { link.Expire(nc.sock) })
	defer stop()
	if _, err := nc.Write(request); err != nil {
		return k.unprovenAfter(err)
	}
	n, err := io.Copy(io.Discard, io.LimitReader(nc, maxFarewell+1))
	switch {
	case err != nil && !endsTLS(nc, err):
		return k.unprovenAfter(err)
	case n > maxFarewell:
		return unproven(fmt.Errorf("more than %d bytes arrived on its connection", maxFarewell))
	}
	return nil
}

// unprovenAfter is like unproven, for a failed read or write. If the socket was closed because k.ctx ended, the error
// is a timeout, as it is elsewhere.
func (k *canceller) unprovenAfter(err error) error {
	if k.ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
		err = os.ErrDeadlineExceeded
	}
	return unproven(err)
}

func unproven(err error) error {
	return fmt.Errorf("a cancel request may still be on its way: %w", err)
}

// endsTLS reports whether err is how a server ends a cancel connection under TLS: it closes the socket without a
// close_notify.
func endsTLS(nc dialled, err error) bool {
	return nc.Conn != nc.sock && errors.Is(err, io.ErrUnexpectedEOF)
}

// beginWrite reports whether a request may still be written. If so, endWrite must be called once its connection has
// ended.
func (k *canceller) beginWrite() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.inFlight = !k.stopped
	return k.inFlight
}

func (k *canceller) endWrite() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.inFlight = false
}
