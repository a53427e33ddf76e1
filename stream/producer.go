package stream

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// producer is the filling side: the source, and what came of its last fill. It belongs to whoever holds the fill token:
// the consumer in pull, the background reader while it runs, or whoever stops the source.
type producer struct {
	// token is held for Fill, Clear, Stop and Done of the source, and for the fields below it. It is given away only between
	// fills; who waits for it has interrupted the holder before.
	token         sync.Mutex
	src           feed.Source
	ring          *ring.Ring
	clock         clock
	fill          feed.Fill
	began, filled moment          // of the last fill
	firstRow      time.Duration   // from sending the query to its first row; 0: none has come
	sizer         *chunking.Sizer // of the background reader; nil before its first run, and where the chunk size is fixed
	failure       error           // what made the background reader give up; nil: nothing

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

// run is one fill of at most so many rows and bytes; a negative room is no bound. REQUIRES: the fill token, a free slot.
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
	p.bytes.Add(uint64(p.fill.Bytes)) // before the rows: nobody takes more bytes than are counted
	p.rows.Add(uint64(p.fill.N))
	if p.firstRow == 0 {
		p.firstRow = max(1, time.Duration(p.filled))
	}
	p.ring.Publish(p.fill.N)
}

// full says that there is no free slot.
func (p *producer) full() bool { return p.rows.Load()-p.ring.Freed() >= uint64(p.ring.Cap()) }

// adapt shows the sizer how full the stream is after a chunk of the background reader, and takes over the size that it
// decides on. Full is whichever is nearer: the ring by its rows, or the read buffers by their bytes. REQUIRES: the fill
// token.
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
