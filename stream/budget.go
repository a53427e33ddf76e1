package stream

import (
	"fmt"
	"slices"
	"sync"
)

// Budget bounds the bytes that several streams buffer together; give it to each with WithBudget. A stream with nothing
// buffered may always take one row, over the budget if need be, so that none starves and a goroutine that merges
// streams cannot lock itself up: the sum exceeds the budget by one row a stream at most. All methods are for any
// goroutine.
type Budget struct {
	limit  int
	policy MemoryPolicy

	mu      sync.Mutex
	used    int
	granted int            // part of used: what fills under way may bring, and mostly will not
	waiters []budgetWaiter // readers that wait for room, in their order of coming
}

// budgetWaiter is a reader in front of a row that did not fit.
type budgetWaiter struct {
	wake chan struct{}
	need int // bytes of the row
}

// budgetGrant is how many bytes a fill reserves before it knows what will come.
const budgetGrant = 64 << 10

// NewBudget makes a budget of so many bytes. Under MemoryFail a stream that reads ahead always ends with
// *errors.MemoryLimitExceededError when the budget is spent; under MemoryWait, and for every other stream, reading
// waits. A budget of 0 holds nothing: each stream goes on row by row. One below that is refused out of Query.
func NewBudget(bytes int, p MemoryPolicy) *Budget { return &Budget{limit: bytes, policy: p} }

// invalid says that no stream can work with it.
func (b *Budget) invalid() bool { return b.limit < 0 || b.policy > MemoryWait }

// String is the call that makes such a budget.
func (b *Budget) String() string {
	if b == nil {
		return "nil"
	}
	return fmt.Sprintf("NewBudget(%d, %d)", b.limit, b.policy)
}

// Used is the number of bytes reserved now.
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

// force takes n bytes whatever the limit.
func (b *Budget) force(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used += n
	b.granted += n
}

// endGrant ends the grant of a fill, of which so many bytes were kept.
func (b *Budget) endGrant(granted, kept int) {
	b.mu.Lock()
	b.granted -= granted
	b.mu.Unlock()
	b.release(granted - kept)
}

// kept is the number of bytes that streams hold, without what fills under way were granted.
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

// wakeOne wakes the longest waiting reader among those whose row fits: one a release, so that a little room is not
// fought over by all of them. A reader whose row does not fit stays asleep: what a fill was granted and gives back
// unused would else wake the very reader that gave it back, for ever. The caller holds b.mu.
func (b *Budget) wakeOne() {
	for i, w := range b.waiters {
		if b.used+w.need <= b.limit {
			b.waiters = slices.Delete(b.waiters, i, i+1)
			wake(w.wake)
			return
		}
	}
}

// spent says whether need bytes more would exceed the limit, and puts the waiter at the end of the queue if so. A
// waiter that was woken for another reason stays in the queue: a wake-up too many does no harm.
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

// find is the waiter's place in the queue, or -1. The caller holds b.mu.
func (b *Budget) find(waiter chan struct{}) int {
	return slices.IndexFunc(b.waiters, func(w budgetWaiter) bool { return w.wake == waiter })
}
