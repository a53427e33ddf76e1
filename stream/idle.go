package stream

import "time"

// idle says, where there is one processor, whether a consumer's work leaves it idle: a reader helps a consumer that
// naps, or waits for somebody else, and costs one that computes. It is asked only about a consumer that has kept the
// server waiting.
type idle struct {
	used  func() time.Duration // processor time of the process so far
	since moment               // when the present look began; never: none has
	spent time.Duration        // processor time until then
	work  time.Duration        // of the consumer since then
	read  time.Duration        // in reads that did not wait: they take the processor
}

// shortest is how long a look takes, at least.
const shortest = 4 * time.Millisecond

func newIdle(used func() time.Duration) idle { return idle{used: used, since: never} }

// add notes a read, and the work before it.
func (i *idle) add(work, read time.Duration, waited bool) {
	i.work += work
	if !waited {
		i.read += read
	}
}

// naps looks at the time since the last look: was the processor idle for more than half of the work?
func (i *idle) naps(now moment) bool {
	before := i.since
	if before != never && now.sub(before) < shortest {
		return false
	}
	total := i.used()
	computed := total - i.spent - i.read
	work := i.work
	i.since, i.spent, i.work, i.read = now, total, 0, 0
	return before != never && 2*(work-computed) > work
}
