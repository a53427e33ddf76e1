package synthetic

import (
	"encoding/binary"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// bufferSize is the most that is written at a time, in bytes, as long as one row fits.
const bufferSize = 256 << 10

// rowHeader is what stands before the value in a DataRow of one column: type, length, columns, value length.
const rowHeader = 1 + 4 + 2 + 4

// result is rows as they stand on the wire, all of one length.
type result struct {
	wire  []byte
	count int64
	size  int // bytes of a document
}

// newResult makes at least one row, and as many as the buffer takes.
func newResult(size int) result {
	size = max(size, workload.MinSize)
	r := result{count: max(1, int64(bufferSize/(rowHeader+size))), size: size}
	for row := range r.count {
		r.wire = binary.BigEndian.AppendUint32(append(r.wire, 'D'), uint32(rowHeader-1+size))
		r.wire = binary.BigEndian.AppendUint16(r.wire, 1)
		r.wire = binary.BigEndian.AppendUint32(r.wire, uint32(size))
		r.wire = workload.AppendDocument(r.wire, row+1, size)
	}
	return r
}

// first is n rows, at most count.
func (r result) first(n int64) []byte { return r.wire[:n*int64(rowHeader+r.size)] }

// document is the value of one row, counted from 0, modulo count.
func (r result) document(row int64) []byte {
	end := (row%r.count + 1) * int64(rowHeader+r.size)
	return r.wire[end-int64(r.size) : end]
}

// results makes each size once.
type results struct {
	mu     sync.Mutex
	bySize map[int]result
}

func (r *results) of(size int) result {
	r.mu.Lock()
	defer r.mu.Unlock()
	made, ok := r.bySize[size]
	if !ok {
		made = newResult(size)
		r.bySize[size] = made
	}
	return made
}
