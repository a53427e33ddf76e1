package conn

import (
	"context"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// watch waits for the end of the caller's context during a turn. Then it interrupts the reads and writes of Query,
// Ping or the login or, after handOver, ends the stream that the query has become. There is a single registration
// with the context for both, because registering costs a tenth of everything else that the client does for a small
// query.
type watch struct {
	link *link.Link
	turn link.Turn
	off  func() bool // stops waiting; nil if the context cannot end

	mu     sync.Mutex
	ended  bool
	stream feed.Handle
}

// begin starts waiting.
func (w *watch) begin(ctx context.Context) {
	if ctx.Done() != nil {
		w.off = context.AfterFunc(ctx, w.contextEnded)
	}
}

// end stops waiting. It may be called twice.
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

// handOver makes the end of the context end the stream from now on.
func (w *watch) handOver(handle feed.Handle) {
	w.mu.Lock()
	w.stream = handle
	ended := w.ended
	w.mu.Unlock()
	if ended {
		handle.ContextEnded()
	}
}
