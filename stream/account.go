package stream

import "sync/atomic"

// account is the memory that a stream may use: its own limit, and its share of a budget. Bytes are counted as they
// enter the ring and as the consumer takes them out; nothing is estimated. The limit is checked before each row enters:
// a fill gets the room that is left and stops before the row that does not fit.
//
// Except for returned, the fields are fixed or belong to the holder of the fill token.
type account struct {
	limit        int // bytes; 0: none
	soft         int // bytes; 0: none
	failsAtLimit bool
	readsAhead   bool // ReadAheadAlways, so that a spent budget may end the stream
	budget       *Budget

	granted   int  // bytes reserved from the budget for the fill under way
	aboveSoft bool // the buffered bytes were above the soft limit at the last publish

	returned atomic.Uint64 // bytes given back to the budget, by any goroutine
}

func (a *account) begin(set *Settings) {
	a.limit, a.budget = set.maxMemory, set.budget
	a.soft = int(set.softLimit * float64(set.maxMemory))
	a.readsAhead = set.readAhead == ReadAheadAlways
	a.failsAtLimit = a.readsAhead && set.memoryPolicy == MemoryFail
}

// reserve returns how many bytes the next fill may bring; a negative number means any. REQUIRES: the fill token.
func (a *account) reserve(buffered int) int {
	room := -1
	if a.limit > 0 {
		room = max(0, a.limit-buffered)
	}
	if a.budget == nil {
		return room
	}
	want := budgetGrant
	if room >= 0 {
		want = min(want, room)
	}
	a.granted += a.budget.reserve(want - a.granted)
	return a.granted
}

// closeGrant gives back what a fill was granted but did not use. REQUIRES: the fill token.
func (a *account) closeGrant(used int) {
	if a.budget != nil {
		a.budget.endGrant(a.granted, used)
		a.granted = 0
	}
}

// force reserves need bytes for one row even if the budget is spent. REQUIRES: the fill token; nothing is buffered.
func (a *account) force(need int) {
	if a.budget != nil {
		a.budget.force(need)
		a.granted = need
	}
}

// failsOverBudget reports whether a row of need bytes ends the stream because the budget is spent, and what the row
// would bring the budget's total to. Bytes that other streams were only granted for a fill do not count: most of them
// are given back.
func (a *account) failsOverBudget(need int) (current int, exceeded bool) {
	if !a.readsAhead || a.budget.policy != MemoryFail {
		return 0, false
	}
	current = a.budget.kept() + need
	return current, current > a.budget.limit
}

// crossesSoft reports, after a publish, whether that brought the buffered bytes above the soft limit. It does so once
// per crossing, even if the consumer has taken rows meanwhile. REQUIRES: the fill token.
func (a *account) crossesSoft(before, now int) bool {
	if a.soft == 0 {
		return false
	}
	crossed := now > a.soft && (before <= a.soft || !a.aboveSoft)
	a.aboveSoft = now > a.soft
	return crossed
}

// returnUpTo gives bytes back to the budget until it has got back total bytes from this stream. The consumer and the
// goroutine that ends the stream may call it at the same time.
func (a *account) returnUpTo(total uint64) {
	if a.budget == nil {
		return
	}
	for {
		old := a.returned.Load()
		if total <= old {
			return
		}
		if a.returned.CompareAndSwap(old, total) {
			a.budget.release(int(total - old))
			return
		}
	}
}

// close gives back all bytes that were published, and removes the reader from the budget's queue. REQUIRES: no fill is
// under way.
func (a *account) close(published uint64, reader *parking) {
	a.returnUpTo(published)
	if a.budget != nil {
		a.budget.forget(reader.channel())
	}
}
