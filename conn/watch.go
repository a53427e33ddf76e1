package conn

import (
	"context"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// watch tells a turn that the caller's context has ended: it interrupts the reads and writes of Query, Ping and the login,
// and ends the stream that a query has become. One watch serves both, because to register one costs as much as a tenth of
// all else that a small query does here.
type watch struct {
	link *link.Link
	turn link.Turn
	off  func() bool // ends the watch; nil: the context never ends

	mu     sync.Mutex
	ended  bool
	stream feed.Handle
}

// begin starts to watch.
func (w *watch) begin(ctx context.Context, l *link.Link, turn link.Turn) {
	w.link, w.turn = l, turn
	if ctx.Done() != nil {
		w.off = context.AfterFunc(ctx, w.contextEnded)
	}
}

// end ends the watch. It may be called twice.
func (w *watch) end() {
	if w.off != nil {
		w.off()
	}
}

func (w *watch) contextEnded() {
	w.mu.Lock()
	w.ended = true
	handle := w.stream
	w.mu.Unlock()
	if handle != nil {
		handle.ContextEnded()
		return
	}
	w.link.InterruptWrites(w.turn)
}

// handOver makes the stream what the end of the context ends.
func (w *watch) handOver(handle feed.Handle) {
	w.mu.Lock()
	w.stream = handle
	ended := w.ended
	w.mu.Unlock()
	if ended {
		handle.ContextEnded()
	}
}
