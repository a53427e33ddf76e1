package stream

import "sync/atomic"

// published counts what has entered the ring. The holder of the fill token writes it; any goroutine may read it.
type published struct {
	rows, bytes atomic.Uint64
	chunkRows   atomic.Int64 // rows handed over in one step, at most
}

func (p *published) begin(set *Settings) {
	size := set.chunkRows
	if set.adaptive() {
		size = set.chunking.Initial
	}
	p.chunkRows.Store(int64(size))
}

// add counts a chunk, before it is published in the ring. The bytes come first, so that the consumer never takes more
// bytes than are counted.
func (p *published) add(rows, bytes int) {
	p.bytes.Add(uint64(bytes))
	p.rows.Add(uint64(rows))
}
