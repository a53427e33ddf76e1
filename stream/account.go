package stream

import "sync/atomic"

// account is the memory a stream may use: a limit of its own, and its share of a budget. Bytes are counted as they enter
// the ring and as the consumer takes them out; nothing is estimated. The limit is looked at before each row enters: a fill
// gets the room that is left and stops in front of the row that does not fit.
//
// The fields are fixed or belong to the holder of the fill token, but for returned.
type account struct {
	limit        int // bytes; 0: none
	soft         int // bytes; 0: none
	failsAtLimit bool
	readsAhead   bool // always, so that a budget may end the stream
	budget       *Budget

	granted   int  // bytes reserved from the budget for the fill under way
	aboveSoft bool // the buffered bytes were above the soft limit at the last publish

	returned atomic.Uint64 // bytes given back to the budget; any goroutine
}

func (a *account) begin(set *Settings) {
	a.limit, a.budget = set.maxMemory, set.budget
	a.soft = int(set.softLimit * float64(set.maxMemory))
	a.readsAhead = set.readAhead == ReadAheadAlways
	a.failsAtLimit = a.readsAhead && set.memoryPolicy == MemoryFail
}

// reserve is how many bytes the next fill may bring; negative: no bound. REQUIRES: the fill token.
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

// closeGrant gives back what a fill was granted and did not use. REQUIRES: the fill token.
func (a *account) closeGrant(used int) {
	if a.budget != nil {
		a.budget.endGrant(a.granted, used)
		a.granted = 0
	}
}

// force reserves a row that must come although the budget is spent. REQUIRES: the fill token; nothing is buffered.
func (a *account) force(need int) {
	if a.budget != nil {
		a.budget.force(need)
		a.granted = need
	}
}

// failsOverBudget says whether a row of need bytes ends the stream because the budget is spent, and what it would bring the
// budget to. What other streams were granted for the moment is no reason: it comes back.
func (a *account) failsOverBudget(need int) (current int, exceeded bool) {
	if !a.readsAhead || a.budget.policy != MemoryFail {
		return 0, false
	}
	current = a.budget.kept() + need
	return current, current > a.budget.limit
}

// crossesSoft says, after a publish, whether it brought the buffered bytes above the soft limit. It says so once per
// crossing, also where the consumer has taken rows meanwhile. REQUIRES: the fill token.
func (a *account) crossesSoft(before, now int) bool {
	if a.soft == 0 {
		return false
	}
	crossed := now > a.soft && (before <= a.soft || !a.aboveSoft)
	a.aboveSoft = now > a.soft
	return crossed
}

// returnUpTo gives bytes back to the budget, until total of them were. The consumer and the end of the stream may meet
// here.
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

// close gives back all that was published, and leaves the budget's queue. No fill is under way any more.
func (a *account) close(published uint64, reader chan struct{}) {
	a.returnUpTo(published)
	if a.budget != nil && reader != nil {
		a.budget.forget(reader)
	}
}
