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

	emptied         word   // the consumer's: behind the row whose poll has found nothing last; 0: none has
	runsSinceReport int    // the consumer's
	scrapes         uint64 // the consumer's: pages of metrics that were written when it looked last
}

// begin is called once, before anything else. Without an entity's handles they are looked up by its name.
func (r *record) begin(name string, entity *wiremetrics.Entity, logger *slog.Logger) {
	r.entity, r.logger = entity, logger
	if r.entity == nil {
		r.entity = wiremetrics.ForEntity(name)
	}
	r.scrapes = wiremetrics.Scrapes()
	r.entity.StreamBegan()
}

// chunk records one hand-over of rows, and what is buffered after it. REQUIRES: the fill token.
func (r *record) chunk(rows, bufferedRows, bufferedBytes int, took time.Duration) {
	r.entity.Chunk(rows, took, bufferedBytes)
	r.setBuffered(int64(bufferedRows))
}

// chunkSize records the size in force at a hand-over, where it adapts. REQUIRES: the fill token.
func (r *record) chunkSize(rows int) { r.entity.ChunkSize(rows) }

// chunkSizeChanged records a change of it. REQUIRES: the fill token.
func (r *record) chunkSizeChanged(grew bool, from, to int) {
	r.entity.ChunkSizeAdjusted(grew)
	r.logger.Debug("stream chunk size changed", slog.Int("from_rows", from), slog.Int("to_rows", to))
}

// setBuffered moves the gauge by what has changed in this stream.
func (r *record) setBuffered(rows int64) {
	if old := r.buffered.Swap(rows); old != rows {
		r.entity.Buffered(rows - old)
	}
}

// memoryExceeded records a memory limit that was met, when it is met, and returns it as an error. current is what the next
// row would bring the buffered bytes to.
func (r *record) memoryExceeded(limit, current int) error {
	r.entity.MemoryLimitExceeded()
	r.logger.Warn("stream memory limit exceeded", slog.Int("limit_bytes", limit),
		slog.Int("current_bytes", current), slog.Int("over_bytes", current-limit))
	return &werr.MemoryLimitExceededError{Limit: limit, Current: current}
}

// softLimit records a crossing of the soft limit, upwards.
func (r *record) softLimit(limit, current int) {
	r.entity.MemorySoftLimit()
	r.logger.Warn("stream memory above its soft limit", slog.Int("soft_limit_bytes", limit),
		slog.Int("current_bytes", current), slog.Int("over_bytes", current-limit))
}

func (r *record) paused(reason string) {
	r.entity.Paused()
	r.logger.Debug("stream paused", slog.String("reason", reason))
}

// pauseExpired records a pause that its timeout ends; resumed follows.
func (r *record) pauseExpired() { r.entity.PauseExpired() }

func (r *record) resumed(reason string, lasted time.Duration) {
	r.entity.Resumed(lasted)
	r.logger.Debug("stream resumed", slog.String("reason", reason), slog.Duration("paused", lasted))
}

// cancelled records how long the server took to be done with the query.
func (r *record) cancelled(took time.Duration) {
	r.entity.Cancelled(took)
	r.logger.Debug("stream cancelled", slog.Duration("took", took))
}

// end records what the query came to. It is called once, after the last report of whoever retires the stream.
func (r *record) end(end wiremetrics.End) {
	r.setBuffered(0)
	r.entity.StreamEnded(end)
}
