package stream

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// record collects what a stream reports to the metrics. Three sides write to it:
//
//	the holder of the fill token   one call per chunk, directly to the entity's handles
//	the consumer                   its own tallies, under mu once per run of rows, never once per row
//	any goroutine                  events: pause, cancel, the end; directly to the handles, which any goroutine may use
//
// When the stream ends, what the consumer has tallied is reported for it, because it may never call Next again; if it
// does, it reports what came after that. Nothing is counted twice.
type record struct {
	entity   *wiremetrics.Entity
	logger   *slog.Logger
	buffered atomic.Int64 // this stream's part of the gauge

	mu       sync.Mutex
	polls    *polls     // of the workspace; nil when that was recycled, after the last report
	decoders []*decoder // written only by the consumer, which may read it without mu
	yielded  uint64     // rows reported so far
	filtered uint64

	emptied         word   // the consumer's: 1 + the row whose poll last found nothing; 0: no poll has found nothing
	runsSinceReport int    // the consumer's
	scrapes         uint64 // the consumer's: pages of metrics written when it last checked
}

// begin is called once, before anything else. If entity is nil, it is looked up by name.
func (r *record) begin(name string, entity *wiremetrics.Entity, logger *slog.Logger, polls *polls) {
	r.entity, r.logger, r.polls = entity, logger, polls
	if r.entity == nil {
		r.entity = wiremetrics.ForEntity(name)
	}
	r.scrapes = wiremetrics.Scrapes()
	r.entity.StreamBegan()
}

// chunk records that a chunk was published, and what is buffered after it. REQUIRES: the fill token.
func (r *record) chunk(rows, bufferedRows, bufferedBytes int, took time.Duration) {
	r.entity.Chunk(rows, took, bufferedBytes)
	r.setBuffered(int64(bufferedRows))
}

// chunkSize records the chunk size in effect when a chunk is published, if the size is adaptive. REQUIRES: the fill
// token.
func (r *record) chunkSize(rows int) { r.entity.ChunkSize(rows) }

// chunkSizeChanged records a change of the chunk size. REQUIRES: the fill token.
func (r *record) chunkSizeChanged(grew bool, from, to int) {
	r.entity.ChunkSizeAdjusted(grew)
	r.logger.Debug("stream chunk size changed", slog.Int("from_rows", from), slog.Int("to_rows", to))
}

// setBuffered changes the gauge by what has changed in this stream.
func (r *record) setBuffered(rows int64) {
	if old := r.buffered.Swap(rows); old != rows {
		r.entity.Buffered(rows - old)
	}
}

// memoryExceeded records, at once, that a memory limit was exceeded, and returns the error for it. current is what the
// next row would bring the buffered bytes to.
func (r *record) memoryExceeded(limit, current int) error {
	r.entity.MemoryLimitExceeded()
	r.logger.Warn("stream memory limit exceeded", slog.Int("limit_bytes", limit),
		slog.Int("current_bytes", current), slog.Int("over_bytes", current-limit))
	return &werr.MemoryLimitExceededError{Limit: limit, Current: current}
}

// softLimit records that the buffered bytes have risen above the soft limit.
func (r *record) softLimit(limit, current int) {
	r.entity.MemorySoftLimit()
	r.logger.Warn("stream memory above its soft limit", slog.Int("soft_limit_bytes", limit),
		slog.Int("current_bytes", current), slog.Int("over_bytes", current-limit))
}

func (r *record) paused(reason string) {
	r.entity.Paused()
	r.logger.Debug("stream paused", slog.String("reason", reason))
}

// pauseExpired records that a pause is ended by its timeout; a call of resumed follows.
func (r *record) pauseExpired() { r.entity.PauseExpired() }

func (r *record) resumed(reason string, lasted time.Duration) {
	r.entity.Resumed(lasted)
	r.logger.Debug("stream resumed", slog.String("reason", reason), slog.Duration("paused", lasted))
}

// cancelled records how long the server took to end the query.
func (r *record) cancelled(took time.Duration) {
	r.entity.Cancelled(took)
	r.logger.Debug("stream cancelled", slog.Duration("took", took))
}

// forget is called when the workspace is no longer used, and everything was reported.
func (r *record) forget() {
	r.mu.Lock()
	r.polls = nil
	r.mu.Unlock()
}

// end records how the query ended. It is called once, when the stream is retired, after the report.
func (r *record) end(end wiremetrics.End) {
	r.setBuffered(0)
	r.entity.StreamEnded(end)
}
