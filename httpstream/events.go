package httpstream

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// keepAlive is the idle time after which a comment is sent, so that no proxy closes the connection as idle (HTML
// standard, section "Server-sent events", authoring notes).
const keepAlive = 15 * time.Second

// eventFrame writes server-sent events: an event of the default type for each row, with the row's cursor as its id;
// then an event has-more or end, or error if the stream failed.
type eventFrame struct {
	a *answer

	// The writer belongs to the timer while waiting is set, which is while the handler waits for the server, and
	// otherwise to the handler. Guarded by mu.
	mu      sync.Mutex
	waiting bool
	timer   *time.Timer
}

func newEventFrame(a *answer) *eventFrame { return &eventFrame{a: a} }

func (*eventFrame) begin() {}

// wait lets the timer send comments until proceed is called.
func (f *eventFrame) wait() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = true
	if f.timer == nil {
		f.timer = time.AfterFunc(keepAlive, f.comment)
	} else {
		f.timer.Reset(keepAlive)
	}
}

// comment is called by the timer. If it cannot write to the client any more, it closes the stream.
func (f *eventFrame) comment() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.waiting {
		return
	}
	f.a.out.add([]byte(":\n\n"))
	f.a.out.flush()
	if f.a.out.err != nil {
		_ = f.a.s.Close()
		return
	}
	f.timer.Reset(keepAlive)
}

// proceed takes the writer back from the timer.
func (f *eventFrame) proceed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = false
	if f.timer != nil {
		f.timer.Stop()
	}
}

func (f *eventFrame) row(row json.RawMessage) error {
	out := f.a.out
	if f.a.o.Cursor != nil {
		cursor, err := f.a.o.Cursor(row)
		if err != nil {
			return err
		}
		out.add([]byte("id: "))
		out.addLine([]byte(cursor))
		out.add(newline)
	}
	out.add([]byte("data: "))
	out.addLine(text(row))
	out.add([]byte("\n\n"))
	out.sendIfFull()
	return nil
}

// end tells the client that there is no need to reconnect. The event has data because browsers ignore events without
// data.
func (f *eventFrame) end(more bool) {
	name := "end"
	if more {
		name = "has-more"
	}
	f.event(name, fmt.Appendf(nil, `{"rows":%d}`, f.a.sent))
}

func (f *eventFrame) tell(p problem) bool {
	f.event("error", p.encode())
	return true
}

func (f *eventFrame) event(name string, data []byte) {
	f.a.out.add(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, data))
}
