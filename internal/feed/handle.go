package feed

import (
	"log/slog"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Env is what a stream is given beside its source.
type Env struct {
	Metrics *wiremetrics.Entity
	Logger  *slog.Logger // never nil
	Start   time.Time    // when the query was sent: timeouts and durations count from here; zero: now

	// What the connection knows of the query, for whoever looks at the streams that run.
	SQL        string
	Entity     string // the metrics label; empty: unknown
	PID        uint32 // of the server's backend; 0: unknown
	ColumnType string // JSON or JSONB
	Prepared   bool   // it runs as a prepared statement

	// OneLine says that no row holds a line break: the server's text form of jsonb has none.
	OneLine bool
	// StopContext ends the watch over the query's context, where the connection watches it and calls
	// Handle.ContextEnded. nil: the stream watches.
	StopContext func() bool
}

// Handle is the connection's side of a stream. All methods are for any goroutine, and none waits.
type Handle interface {
	// End ends the stream with err, as the end of its context would.
	End(err error)

	// ContextEnded ends the stream with the error of its context, which has ended.
	ContextEnded()

	// Left says that no further row will be handed out: what remains is to give the source back.
	Left() bool
}
