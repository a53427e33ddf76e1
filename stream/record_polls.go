package stream

import wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"

// reportEvery is after how many runs of rows the consumer reports what it has tallied. A run is what it takes between
// two looks at a changed ring; the report's cost is spread over so many. A slow consumer reports earlier: once for
// each page of metrics that was written.
const reportEvery = 16

// polls tallies the rows that each poll of the ring finds: one for every row taken, and one for every poll that finds
// nothing. Guarded by record.mu.
type polls struct {
	depths wiremetrics.Depths
	from   uint64 // the next poll not tallied yet, by its row number
	tail   uint64 // what the polls from there on see
}

// run tallies the polls for the rows below head.
func (p *polls) run(head uint64) {
	if head > p.from {
		p.depths.Run(p.tail-p.from, p.tail-head+1)
		p.from = head
	}
}

// empty tallies the poll for row head, which has found nothing; once, however often it is called, and not again when the
// row has come.
func (p *polls) empty(head uint64) {
	p.run(head)
	if head == p.from {
		p.depths.Empty()
		p.from = head + 1
	}
}

// tally brings the polls up to date. The caller holds r.mu.
func (r *record) tally(head uint64) {
	if next := r.emptied.load(); next > 0 {
		r.polls.empty(next - 1)
	}
	r.polls.run(head)
}

// tailMoved: the poll for row head, the next, finds more than the last one left. Only the consumer.
func (r *record) tailMoved(head, tail uint64) {
	r.mu.Lock()
	r.tally(head)
	r.polls.tail = tail
	r.mu.Unlock()
	r.runsSinceReport++
}

// ringEmpty: the poll for row head finds nothing. Only the consumer.
func (r *record) ringEmpty(head uint64) {
	r.emptied.set(head + 1)
	if r.buffered.Load() != 0 {
		r.setBuffered(0)
	}
}

// due says whether to report now. It is asked for every run of rows, and must cost nothing. Only the consumer.
func (r *record) due() bool {
	scrapes := wiremetrics.Scrapes()
	if r.runsSinceReport < reportEvery && scrapes == r.scrapes {
		return false
	}
	r.runsSinceReport, r.scrapes = 0, scrapes
	return true
}

// report hands over what the consumer has tallied so far. The consumer calls it between two rows, and the end of the
// stream once more: what has been reported is subtracted.
func (r *record) report(c counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally(c.head)
	if r.polls.depths.Runs() > 0 {
		r.entity.Occupancy(&r.polls.depths)
	}
	yielded, filtered := max(r.yielded, c.yielded), max(r.filtered, c.filtered)
	if yielded > r.yielded || filtered > r.filtered {
		r.entity.Rows(yielded-r.yielded, filtered-r.filtered)
	}
	r.yielded, r.filtered = yielded, filtered
	for _, d := range r.decoders {
		d.report()
	}
}
