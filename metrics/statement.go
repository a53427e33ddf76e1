package metrics

import vm "github.com/VictoriaMetrics/metrics"

// StatementEvent is an event in the life of a prepared statement.
type StatementEvent uint8

// The events.
const (
	StatementPrepared StatementEvent = iota // the server has confirmed its Parse
	StatementReused                         // a query ran it without a Parse
	StatementEvicted                        // another statement took its place
	StatementHealed                         // a query that failed because of it was run again with the unnamed statement
	statementEvents
)

// String returns the label's value.
func (e StatementEvent) String() string {
	return [statementEvents]string{"prepared", "reused", "evicted", "healed"}[e]
}

// statements exist from the start, at zero.
var statements = func() (counters [statementEvents]*vm.Counter) {
	for e := range statementEvents {
		counters[e] = set.NewCounter(series(preparedStatements, "event", e.String()))
	}
	return counters
}()

// PreparedStatement counts an event of a prepared statement.
func PreparedStatement(e StatementEvent) { statements[e].Inc() }
