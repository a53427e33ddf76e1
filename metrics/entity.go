package metrics

import (
	"strconv"
	"sync/atomic"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
)

// entities holds all entities that were asked for.
var entities *family[*Entity]

func init() { entities = newFamily(maxEntities, newEntity) } // not above: newEntity's writer refers to entities

// Entity holds the handles of one entity's series. An entity is what a query is about: a view or a table. An Entity is
// safe for concurrent use.
type Entity struct {
	label string // clean, not escaped

	occupancy occupancy
	streams   atomic.Int64 // active
	buffered  atomic.Int64 // rows

	asked         [8]atomic.Pointer[vm.Counter] // by the bits of which
	completed     [statuses]*vm.Counter
	failed        *family[*vm.Counter] // by category
	startup       *vm.PrometheusHistogram
	total         *vm.PrometheusHistogram
	bytesReceived *vm.PrometheusHistogram
	resultRows    *vm.PrometheusHistogram

	processed, processedFiltered, filtered *vm.Counter
	parseErrors                            *vm.Counter
	filterTook                             *vm.PrometheusHistogram
	decoders                               *family[*Decoder] // by type name

	chunkRows, chunkTook, chunkSize, bufferedBytes *vm.PrometheusHistogram
	increased, decreased                           *vm.Counter
	overLimit, overSoftLimit                       *vm.Counter
	paused, resumed, pauseExpired                  *vm.Counter
	pauseTook, cancelTook                          *vm.PrometheusHistogram
}

// ForEntity returns the handles of an entity, for the library's own packages. "" is the entity unknown; beyond 1000
// different entities every new one is other. Call it once per query, and keep the result.
func ForEntity(name string) *Entity {
	if name == "" {
		name = unknownEntity
	}
	return entities.get(name)
}

func newEntity(label string) *Entity {
	e := &Entity{label: label}
	counter := func(name string, more ...string) *vm.Counter { return set.GetOrCreateCounter(e.series(name, more...)) }
	histogram := func(name string, bounds []float64) *vm.PrometheusHistogram {
		return set.GetOrCreatePrometheusHistogramExt(e.series(name), bounds)
	}
	set.GetOrCreateGauge(e.series(activeStreams), func() float64 { return float64(e.streams.Load()) })
	set.GetOrCreateGauge(e.series(streamBufferedItems), func() float64 { return float64(e.buffered.Load()) })
	for s := range statuses {
		e.completed[s] = counter(queryCompleted, "status", s.String())
	}
	e.failed = newFamily(maxValues, counterBy(queryError, "error_category", "entity", label))
	e.startup, e.total = histogram(queryStartup, msBounds), histogram(queryTotal, msBounds)
	e.bytesReceived, e.resultRows = histogram(queryBytesReceived, byteBounds), histogram(queryRowsProcessed, resultBounds)

	e.processed = counter(rowsProcessed, "status", "ok")
	e.processedFiltered = counter(rowsProcessed, "status", "filtered")
	e.filtered, e.parseErrors = counter(rowsFiltered), counter(jsonParseErrors)
	e.filterTook = histogram(filterDuration, msBounds)
	e.decoders = newFamily(maxValues, e.newDecoder)

	e.chunkRows, e.chunkTook = histogram(chunkSizeRows, rowBounds), histogram(chunkProcessing, msBounds)
	e.chunkSize, e.bufferedBytes = histogram(adaptiveChunkSize, rowBounds), histogram(streamBufferedBytes, byteBounds)
	e.increased = counter(chunkSizeAdjusted, "direction", "increase")
	e.decreased = counter(chunkSizeAdjusted, "direction", "decrease")
	e.overLimit, e.overSoftLimit = counter(memoryLimitExceeded), counter(memorySoftLimit)
	e.paused, e.resumed, e.pauseExpired = counter(streamPaused), counter(streamResumed), counter(streamPauseExpired)
	e.pauseTook, e.cancelTook = histogram(streamPauseDuration, msBounds), histogram(cancellationDuration, msBounds)
	return e
}

func (e *Entity) series(name string, more ...string) string {
	return series(name, append([]string{"entity", e.label}, more...)...)
}

// Name returns the label's value.
func (e *Entity) Name() string { return e.label }

// Query counts a query that is about to be sent, even if it will be refused, by whether the statement has a WHERE and
// an ORDER BY, and whether the client filters rows.
func (e *Entity) Query(whereSQL, whereGo, orderBy bool) {
	which := 0
	for i, has := range []bool{whereSQL, whereGo, orderBy} {
		if has {
			which |= 1 << i
		}
	}
	c := e.asked[which].Load()
	if c == nil {
		c = set.GetOrCreateCounter(e.series(queries, "has_where_sql", strconv.FormatBool(whereSQL),
			"has_where_go", strconv.FormatBool(whereGo), "has_order_by", strconv.FormatBool(orderBy)))
		e.asked[which].Store(c)
	}
	c.Inc()
}

// Startup records the time from sending a query to accepting its RowDescription.
func (e *Entity) Startup(d time.Duration) { e.startup.Update(ms(d)) }

// Refused counts a query that never became a stream, by the category of its error. total is the time since it was
// sent.
func (e *Entity) Refused(category string, total time.Duration) {
	e.completed[StatusError].Inc()
	e.failed.get(category).Inc()
	e.total.Update(ms(total))
}

// Abandoned counts a query whose context ended before it became a stream. total is the time since it was sent.
func (e *Entity) Abandoned(total time.Duration) {
	e.completed[StatusCancelled].Inc()
	e.total.Update(ms(total))
}
