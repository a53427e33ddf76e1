package metrics

import (
	"time"

	vm "github.com/VictoriaMetrics/metrics"
)

// Status is how a query ended.
type Status uint8

// The statuses.
const (
	StatusSuccess   Status = iota // all rows were read
	StatusError                   // the server, the network, a limit or a timeout ended it
	StatusCancelled               // the program ended it: Close before the end, Cancel, the context
	statuses
)

// String returns the label's value.
func (s Status) String() string { return [statuses]string{"success", "error", "cancelled"}[s] }

// StreamBegan counts a stream as active. Call StreamEnded once for each.
func (e *Entity) StreamBegan() { e.streams.Add(1) }

// StreamEnded counts the end of a stream's query.
func (e *Entity) StreamEnded(end End) {
	e.streams.Add(-1)
	e.completed[end.Status].Inc()
	if end.Status == StatusError {
		e.failed.get(end.Category).Inc()
	}
	e.total.Update(ms(end.Total))
	e.bytesReceived.Update(float64(end.Bytes))
	e.resultRows.Update(float64(end.Rows))
}

// End describes how a stream's query ended, and what had been received by then.
type End struct {
	Status   Status
	Category string        // of the error, with StatusError
	Total    time.Duration // since the query was sent
	Bytes    uint64        // JSON bytes received from the server, whether or not the consumer took them
	Rows     uint64        // rows that the consumer took, including those that a filter dropped
}

// Rows counts rows that the consumer was given, and rows that the filter dropped.
func (e *Entity) Rows(ok, filtered uint64) {
	e.processed.AddInt64(int64(ok))
	if filtered > 0 {
		e.processedFiltered.AddInt64(int64(filtered))
		e.filtered.AddInt64(int64(filtered))
	}
}

// Chunk records one hand-over of rows: how many, how long the fill took, including the wait for the server, and the
// bytes buffered after it.
func (e *Entity) Chunk(rows int, took time.Duration, bufferedBytes int) {
	e.chunkRows.Update(float64(rows))
	e.chunkTook.Update(ms(took))
	e.bufferedBytes.Update(float64(bufferedBytes))
}

// ChunkSize records the size in force for a chunk of a stream whose chunk size adapts.
func (e *Entity) ChunkSize(rows int) { e.chunkSize.Update(float64(rows)) }

// ChunkSizeAdjusted counts a change of the chunk size.
func (e *Entity) ChunkSizeAdjusted(increase bool) {
	if increase {
		e.increased.Inc()
	} else {
		e.decreased.Inc()
	}
}

// Buffered changes the number of rows in the rings of this entity's streams.
func (e *Entity) Buffered(delta int64) { e.buffered.Add(delta) }

// Occupancy adds the tally of d, and empties d.
func (e *Entity) Occupancy(d *Depths) { e.occupancy.merge(d) }

// MemoryLimitExceeded counts a memory limit that was reached.
func (e *Entity) MemoryLimitExceeded() { e.overLimit.Inc() }

// MemorySoftLimit counts an upward crossing of the soft limit.
func (e *Entity) MemorySoftLimit() { e.overSoftLimit.Inc() }

// Paused counts a pause that begins.
func (e *Entity) Paused() { e.paused.Inc() }

// PauseExpired counts a pause that its timeout ends. Resumed follows.
func (e *Entity) PauseExpired() { e.pauseExpired.Inc() }

// Resumed counts a pause that ended, and how long it lasted.
func (e *Entity) Resumed(lasted time.Duration) {
	e.resumed.Inc()
	e.pauseTook.Update(ms(lasted))
}

// Cancelled records the time from Cancel until the server had finished the query.
func (e *Entity) Cancelled(took time.Duration) { e.cancelTook.Update(ms(took)) }

// ParseError counts a row that is not one JSON document.
func (e *Entity) ParseError() { e.parseErrors.Inc() }

// Filtered records the time that the filter took for one row. Rows are sampled.
func (e *Entity) Filtered(took time.Duration) { e.filterTook.Update(ms(took)) }

// Decoder holds the handles of one Go type that an entity's rows are decoded into. It is safe for concurrent use.
type Decoder struct {
	rows   *vm.Counter
	took   *vm.PrometheusHistogram
	failed *family[*vm.Counter] // by reason
}

// Decoder returns the handles of a type, by its name. Call it once per stream and type.
func (e *Entity) Decoder(typeName string) *Decoder { return e.decoders.get(typeName) }

func (e *Entity) newDecoder(typeName string) *Decoder {
	return &Decoder{
		rows: set.GetOrCreateCounter(e.series(rowsDeserialized, "type_name", typeName)),
		took: set.GetOrCreatePrometheusHistogramExt(e.series(deserializationDuration, "type_name", typeName), msBounds),
		failed: newFamily(maxValues,
			counterBy(deserializationFailed, "reason", "entity", e.label, "type_name", typeName)),
	}
}

// Rows counts rows that became values of the type.
func (d *Decoder) Rows(n uint64) { d.rows.AddInt64(int64(n)) }

// Took records the time that decoding one row took. Rows are sampled.
func (d *Decoder) Took(took time.Duration) { d.took.Update(ms(took)) }

// Failed counts a row that did not become a value of the type. reason is one word.
func (d *Decoder) Failed(reason string) { d.failed.get(reason).Inc() }
