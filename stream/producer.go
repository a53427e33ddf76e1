package stream

import (
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// producer is the filling side: the result of its last fill. It belongs to the holder of the fill token: the consumer in
// pull mode, the background reader while it runs, or the goroutine that stops the source.
type producer struct {
	ring          *ring.Ring // fixed
	clock         clock
	fill          feed.Fill
	began, filled moment          // of the last fill
	firstRow      time.Duration   // from sending the query to its first row; 0: no row yet
	sizer         *chunking.Sizer // of the background reader; nil before its first run, and if the chunk size is fixed
	failure       error           // why the background reader gave up; nil: it did not
}

// run runs one fill of at most limit rows and room bytes; a negative room means no bound. REQUIRES: the fill token, a
// free slot.
func (p *producer) run(src feed.Source, limit, room int) *feed.Fill {
	f := &p.fill
	f.Rows, f.Freed, f.Room = p.ring.Free(limit), p.ring.Freed(), room
	p.began = p.clock.now()
	src.Fill(f)
	p.filled = p.clock.now()
	f.Rows = nil
	return f
}

// publish makes the rows of the last fill visible. REQUIRES: the fill token.
func (p *producer) publish() {
	if p.firstRow == 0 {
		p.firstRow = max(1, time.Duration(p.filled))
	}
	p.ring.Publish(p.fill.N)
}

// full reports whether there is no free slot.
func (p *producer) full() bool { return p.ring.Tail()-p.ring.Freed() >= uint64(p.ring.Cap()) }

// adapt tells the sizer how full the stream is after a chunk of the background reader. The stream is as full as the
// fuller of two things: the ring, in rows, and the read buffers, in bytes. REQUIRES: the fill token.
func (p *producer) adapt(buffered int) chunking.Change {
	if p.sizer == nil {
		return chunking.Kept
	}
	f := &p.fill
	used, capacity := buffered, p.ring.Cap()
	if f.HeldMax > 0 && float64(f.Held)*float64(capacity) > float64(used)*float64(f.HeldMax) {
		used, capacity = f.Held, f.HeldMax
	}
	return p.sizer.Observe(used, capacity)
}
