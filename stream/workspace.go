package stream

import (
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// workspace is what a stream needs only until its last row was taken. A stream that was read to its end leaves it to a
// later one: memory that was used a moment ago is still in the processor's caches.
type workspace struct {
	producer producer
	policy   policy
	polls    polls
}

// workspaces are those with a ring of the default capacity.
var workspaces = sync.Pool{New: func() any { return makeWorkspace(ring.DefaultCapacity) }}

// newWorkspace returns a workspace whose ring is empty; everything else is zero.
func newWorkspace(capacity int) *workspace {
	if capacity == ring.DefaultCapacity {
		return workspaces.Get().(*workspace)
	}
	return makeWorkspace(capacity)
}

func makeWorkspace(capacity int) *workspace {
	return &workspace{producer: producer{ring: ring.New(capacity)}}
}

// recycle leaves the workspace to a later stream. Nobody may use it afterwards, and no row of its ring may be in use.
func (w *workspace) recycle() {
	rows := w.producer.ring
	if rows.Cap() == ring.DefaultCapacity {
		rows.Reset() // an unused ring must keep no read buffer alive
		*w = workspace{producer: producer{ring: rows}}
		workspaces.Put(w)
	}
}
