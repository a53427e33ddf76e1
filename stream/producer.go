package stream

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// producer is the filling side: the source, and the result of its last fill. It belongs to the holder of the fill
// token: the consumer in pull mode, the background reader while it runs, or the goroutine that stops the source.
type producer struct {
	// token is held while Fill, Clear, Stop and Done of the source run, and guards the fields below it. It is released
	// only between fills; a goroutine that waits for it has interrupted the holder first.
	token         sync.Mutex
	src           feed.Source
	ring          *ring.Ring
	clock         clock
	fill          feed.Fill
	began, filled moment          // of the last fill
	firstRow      time.Duration   // from sending the query to its first row; 0: no row yet
	sizer         *chunking.Sizer // of the background reader; nil before its first run, and if the chunk size is fixed
	failure       error           // why the background reader gave up; nil: it did not

	// For any goroutine to read.
	rows, bytes atomic.Uint64 // published so far
	chunkRows   atomic.Int64  // rows handed over in one step, at most
}

func (p *producer) begin(rows *ring.Ring, src feed.Source, set *Settings, start time.Time) {
	p.ring, p.src, p.clock = rows, src, clock{start}
	size := set.chunkRows
	if set.adaptive() {
		size = set.chunking.Initial
	}
	p.chunkRows.Store(int64(size))
}

// run runs one fill of at most limit rows and room bytes; a negative room means no bound. REQUIRES: the fill token, a
// free slot.
func (p *producer) run(limit, room int) *feed.Fill {
	f := &p.fill
	f.Rows, f.Freed, f.Room = p.ring.Free(limit), p.ring.Freed(), room
	p.began = p.clock.now()
	p.src.Fill(f)
	p.filled = p.clock.now()
	f.Rows = nil
	return f
}

// publish makes the rows of the last fill visible. REQUIRES: the fill token.
func (p *producer) publish() {
	p.bytes.Add(uint64(p.fill.Bytes)) // before the rows, so that the consumer never takes more bytes than are counted
	p.rows.Add(uint64(p.fill.N))
	if p.firstRow == 0 {
		p.firstRow = max(1, time.Duration(p.filled))
	}
	p.ring.Publish(p.fill.N)
}

// full reports whether there is no free slot.
func (p *producer) full() bool { return p.rows.Load()-p.ring.Freed() >= uint64(p.ring.Cap()) }

// adapt tells the sizer how full the stream is after a chunk of the background reader, and adopts the size that it
// chooses. The stream is as full as the fuller of two things: the ring, in rows, and the read buffers, in bytes.
// REQUIRES: the fill token.
func (p *producer) adapt(buffered int) chunking.Change {
	if p.sizer == nil {
		return chunking.Kept
	}
	f := &p.fill
	used, capacity := buffered, p.ring.Cap()
	if f.HeldMax > 0 && float64(f.Held)*float64(capacity) > float64(used)*float64(f.HeldMax) {
		used, capacity = f.Held, f.HeldMax
	}
	change := p.sizer.Observe(used, capacity)
	if change != chunking.Kept {
		p.chunkRows.Store(int64(p.sizer.Size()))
	}
	return change
}
