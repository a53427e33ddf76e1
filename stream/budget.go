package stream

import (
	"fmt"
	"slices"
	"sync"
)

// Budget bounds the bytes that several streams buffer together; give it to each with WithBudget. A stream with nothing
// buffered may always take one row, over the budget if necessary, so that no stream starves and a goroutine that merges
// streams cannot deadlock: the total exceeds the budget by at most one row per stream. A Budget is safe for concurrent
// use.
type Budget struct {
	limit  int
	policy MemoryPolicy

	mu      sync.Mutex
	used    int
	granted int            // part of used: what the fills under way may bring; most of it comes back
	waiters []budgetWaiter // readers that wait for room, the longest waiting first
}

// budgetWaiter is a reader whose next row did not fit.
type budgetWaiter struct {
	wake chan struct{}
	need int // bytes of the row
}

// budgetGrant is how many bytes a fill reserves before the size of its rows is known.
const budgetGrant = 64 << 10

// NewBudget returns a budget of the given number of bytes. Under MemoryFail a stream that reads ahead always ends with
// *errors.MemoryLimitExceededError when the budget is spent; under MemoryWait, and for every other stream, reading
// waits. With a budget of 0 each stream goes on row by row. A negative one makes Query fail.
func NewBudget(bytes int, p MemoryPolicy) *Budget { return &Budget{limit: bytes, policy: p} }

// invalid reports whether no stream can use the budget.
func (b *Budget) invalid() bool { return b.limit < 0 || b.policy > MemoryWait }

// String returns the call that makes such a budget.
func (b *Budget) String() string {
	if b == nil {
		return "nil"
	}
	return fmt.Sprintf("NewBudget(%d, %d)", b.limit, b.policy)
}

// Used returns the number of bytes reserved now.
func (b *Budget) Used() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// reserve takes up to want bytes.
func (b *Budget) reserve(want int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := max(0, min(want, b.limit-b.used))
	b.used += got
	b.granted += got
	return got
}

// force takes n bytes regardless of the limit.
func (b *Budget) force(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used += n
	b.granted += n
}

// endGrant ends the grant of a fill, which used kept bytes of it.
func (b *Budget) endGrant(granted, kept int) {
	b.mu.Lock()
	b.granted -= granted
	b.mu.Unlock()
	b.release(granted - kept)
}

// kept is the number of bytes that streams hold, not counting what fills under way were granted.
func (b *Budget) kept() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used - b.granted
}

// release gives n bytes back, and wakes a reader if there is room for its row now.
func (b *Budget) release(n int) {
	if n <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.wakeOne()
}

// wakeOne wakes the longest waiting reader among those whose row fits: one per release, so that they do not all compete
// for a little room. A reader whose row does not fit stays asleep: otherwise a fill that gives back its unused grant
// would wake its own reader, which would fill again, and so on forever. The caller holds b.mu.
func (b *Budget) wakeOne() {
	for i, w := range b.waiters {
		if b.used+w.need <= b.limit {
			b.waiters = slices.Delete(b.waiters, i, i+1)
			wake(w.wake)
			return
		}
	}
}

// spent reports whether need more bytes would exceed the limit, and if so puts the waiter at the end of the queue. A
// waiter that is queued already keeps its place. One that was woken for another reason stays in the queue: a spurious
// wake-up does no harm.
func (b *Budget) spent(need int, waiter chan struct{}) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used+need <= b.limit {
		return false
	}
	if i := b.find(waiter); i >= 0 {
		b.waiters[i].need = need
		return true
	}
	b.waiters = append(b.waiters, budgetWaiter{waiter, need})
	return true
}

// forget takes a reader that has ended out of the queue, and passes a wake-up meant for it on to the next.
func (b *Budget) forget(waiter chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := b.find(waiter); i >= 0 {
		b.waiters = slices.Delete(b.waiters, i, i+1)
	}
	b.wakeOne()
}

// find returns the waiter's index in the queue, or -1. The caller holds b.mu.
func (b *Budget) find(waiter chan struct{}) int {
	return slices.IndexFunc(b.waiters, func(w budgetWaiter) bool { return w.wake == waiter })
}
