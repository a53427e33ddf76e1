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
	// firstPause is how long a query that was cancelled may go on before it is cancelled again; the pause is doubled each
	// time. The server ignores a cancel that comes while it is still reading the command.
	firstPause = 100 * time.Millisecond
	// maxFarewell bounds what is read, in bytes, while the server is expected to close a connection. PostgreSQL sends
	// nothing.
	maxFarewell = 64 << 10
)

// canceller sends CancelRequests for the query under way until it is told that the query has ended ("Canceling Requests
// in Progress").
//
// Each request has a connection of its own. The server acts on a request before it closes that connection, so its EOF
// proves that the cancel cannot hit a later query. A request that was written, and whose connection ends in any other
// way, may still be on its way: then there is no proof, and the main connection must not be used again. (The error
// query_canceled proves nothing: a statement timeout raises it too.)
type canceller struct {
	c        *Conn
	ctx      context.Context
	abort    context.CancelFunc
	deadline time.Time
	first    chan struct{} // closed when the first request is over, however it ended
	stop     chan struct{} // closed when no further request is to be sent
	done     chan struct{} // closed when run has returned

	mu       sync.Mutex
	stopped  bool
	inFlight bool  // a request was written, or is being written, and its connection has not ended
	unproven error // why there is no proof; written before done
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

// finish lets no further request begin, and waits for one that is under way if the drain went well, because then the
// connection is to be kept. It returns why there is no proof, or nil.
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

// wait waits for the length of the pause. again is false where the query has ended before, or time is up.
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

// headStart waits for the end of the first request, for at most half of the time that is left. As long as nobody reads, the
// server soon stops in its writes. If it were read at once, it would go on to make rows that nobody wants, and a server
// with many queries would be too busy to accept the requests that end them. Where the request gets stuck on its way, the
// query may still end by itself, so the other half is for reading.
func (k *canceller) headStart() {
	late := time.NewTimer(time.Until(k.deadline) / 2)
	defer late.Stop()
	select {
	case <-k.first:
	case <-late.C:
	case <-k.c.link.Closed():
	}
}

// send makes one request. It returns an error if the request was written, and its connection did not end in EOF. A request
// that could not be written does no harm, and another one follows.
func (k *canceller) send() error {
	nc, err := k.c.at.dial(k.ctx, k.c.cfg)
	if err != nil {
		return nil
	}
	defer nc.sock.Close() //nolint:errcheck // everything was written, or does not matter
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
		return unproven(fmt.Errorf("more than %d bytes came on its connection", maxFarewell))
	}
	return nil
}

// unprovenAfter is unproven for a failed read or write. Where the end of k.ctx had to close the socket, it is a timeout, as
// it is elsewhere.
func (k *canceller) unprovenAfter(err error) error {
	if k.ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
		err = os.ErrDeadlineExceeded
	}
	return unproven(err)
}

func unproven(err error) error {
	return fmt.Errorf("a cancel request may still be on its way: %w", err)
}

// endsTLS says that err is how the server ends a cancel connection under TLS: it closes the socket without a close_notify.
func endsTLS(nc dialled, err error) bool {
	return nc.Conn != nc.sock && errors.Is(err, io.ErrUnexpectedEOF)
}

// beginWrite says whether a request may still be written. If so, endWrite must follow once its connection has ended.
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
