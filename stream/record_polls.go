package stream

import wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"

// reportEvery is the number of runs of rows after which the consumer reports what it has tallied, so that the cost of a
// report is spread over many rows. A run is the rows that the consumer takes between two changes of the tail that it
// sees. A slow consumer reports earlier: once for each page of metrics that is written.
const reportEvery = 16

// polls tallies how many rows each poll of the ring finds. There is a poll for every row taken, and one for each time
// that the ring is found empty. Guarded by record.mu.
type polls struct {
	depths wiremetrics.Depths
	from   uint64 // row number of the first poll that is not tallied yet
	tail   uint64 // the tail that the polls from there on see
}

// run tallies the polls for the rows below head.
func (p *polls) run(head uint64) {
	if head > p.from {
		p.depths.Run(p.tail-p.from, p.tail-head+1)
		p.from = head
	}
}

// empty tallies the poll for row head, which found nothing. It does so only once, however often it is called, and the
// poll is not tallied again when the row has come.
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

// tailMoved records that the tail has moved before the poll for row head. Only the consumer calls it.
func (r *record) tailMoved(head, tail uint64) {
	r.mu.Lock()
	r.tally(head)
	r.polls.tail = tail
	r.mu.Unlock()
	r.runsSinceReport++
}

// ringEmpty records that the poll for row head finds nothing. Only the consumer calls it.
func (r *record) ringEmpty(head uint64) {
	r.emptied.set(head + 1)
	if r.buffered.Load() != 0 {
		r.setBuffered(0)
	}
}

// due reports whether to report now. It is called for every run of rows, so it must be cheap. Only the consumer calls
// it.
func (r *record) due() bool {
	scrapes := wiremetrics.Scrapes()
	if r.runsSinceReport < reportEvery && scrapes == r.scrapes {
		return false
	}
	r.runsSinceReport, r.scrapes = 0, scrapes
	return true
}

// report adds to the metrics what the consumer has tallied since the last report. The consumer calls it between two
// rows, and the goroutine that retires the stream calls it once more.
func (r *record) report(c counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.polls == nil {
		return
	}
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
