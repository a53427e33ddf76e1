package stream

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// record is what a stream tells the metrics. Three sides write to it:
//
//	the holder of the fill token   one call a chunk, straight to the entity's handles
//	the consumer                   tallies of its own, under mu once a run of rows, never once a row
//	anybody                        events: pause, cancel, the end; straight to the handles, which are for any goroutine
//
// The end of the stream reports what the consumer has tallied, for it may never call Next again; a consumer that does
// reports what came after that. Nothing is counted twice.
type record struct {
	entity   *wiremetrics.Entity
	logger   *slog.Logger
	buffered atomic.Int64 // this stream's part of the gauge

	mu       sync.Mutex
	polls    polls
	decoders []*decoder // written by the consumer alone, which reads it without mu
	yielded  uint64     // rows reported so far
	filtered uint64

	emptied word   // the consumer's: behind the row whose poll has found nothing last; 0: none has
	turns   int    // the consumer's: times that mu was taken since the last report
	page    uint64 // the consumer's: the page that was written last when it looked
}

// begin is called once, before anything else.
func (r *record) begin(s *Stream) {
	r.entity, r.logger = s.env.Metrics, s.env.Logger
	if r.entity == nil {
		r.entity = wiremetrics.ForEntity(s.set.entity)
	}
	r.page = wiremetrics.Page()
	r.entity.StreamBegan()
}

// chunk records one hand-over of rows. REQUIRES: the fill token.
func (r *record) chunk(s *Stream, rows, buffered int, took time.Duration) {
	r.entity.Chunk(rows, took, s.buffered())
	if s.set.adaptive() {
		r.entity.ChunkSize(int(s.chunkRows.Load()))
	}
	r.setBuffered(int64(buffered))
}

// setBuffered moves the gauge by what has changed in this stream.
func (r *record) setBuffered(rows int64) {
	if old := r.buffered.Swap(rows); old != rows {
		r.entity.Buffered(rows - old)
	}
}

func (r *record) memoryExceeded()              { r.entity.MemoryLimitExceeded() }
func (r *record) softLimit()                   { r.entity.MemorySoftLimit() }
func (r *record) paused()                      { r.entity.Paused() }
func (r *record) pauseExpired()                { r.entity.PauseExpired() }
func (r *record) resumed(lasted time.Duration) { r.entity.Resumed(lasted) }

// cancelled records how long the server took to be done with the query.
func (r *record) cancelled(took time.Duration) {
	r.entity.Cancelled(took)
	r.logger.Debug("stream cancelled", slog.Duration("took", took))
}

// end records what the query came to. It is called once, when the source was given back; the consumer may be anywhere.
func (r *record) end(s *Stream) {
	s.mu.Lock()
	ended, err := s.cause, s.err
	s.mu.Unlock()
	r.report(s)
	r.setBuffered(0)
	r.entity.StreamEnded(wiremetrics.End{
		Status:   statusOf(ended, err),
		Category: string(werr.CategoryOf(err)),
		Total:    time.Since(s.env.Start),
		Bytes:    s.publishedBytes.Load(),
		Rows:     s.headWord.load(),
	})
}

// statusOf: what the program ended is cancelled, whatever error the consumer sees then.
func statusOf(ended cause, err error) wiremetrics.Status {
	switch {
	case ended == causeClose || ended == causeCancel || ended == causeContext:
		return wiremetrics.StatusCancelled
	case err != nil:
		return wiremetrics.StatusError
	}
	return wiremetrics.StatusSuccess
}
