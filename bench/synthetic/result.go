package synthetic

import (
	"encoding/binary"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// bufferSize is the size of the largest write in bytes, unless a single row is larger.
const bufferSize = 256 << 10

// rowHeader is the number of bytes before the value in a DataRow of one column: type, length, number of columns, and
// length of the value.
const rowHeader = 1 + 4 + 2 + 4

// result holds encoded rows, all of the same length.
type result struct {
	wire  []byte
	count int64
	size  int // bytes of a document
}

// newResult encodes as many rows as fit into the buffer, but at least one.
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

// first returns the first n rows; n must not exceed count.
func (r result) first(n int64) []byte { return r.wire[:n*int64(rowHeader+r.size)] }

// document returns the value of a row, counted from 0; rows repeat after count.
func (r result) document(row int64) []byte {
	end := (row%r.count + 1) * int64(rowHeader+r.size)
	return r.wire[end-int64(r.size) : end]
}

// results creates the result of each size once, when it is first used.
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
