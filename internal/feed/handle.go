package feed

import (
	"log/slog"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Env is what a stream is given in addition to its source.
type Env struct {
	Metrics *wiremetrics.Entity
	Logger  *slog.Logger // never nil
	Start   time.Time    // when the query was sent: timeouts and durations count from then; zero: now

	// What the connection knows about the query, for the list of running streams.
	SQL        string
	Entity     string // the metrics label; empty: unknown
	PID        uint32 // of the server's backend; 0: unknown
	ColumnType string // JSON or JSONB
	Prepared   bool   // whether it runs as a prepared statement

	// OneLine means that no row contains a line break: the server's text form of jsonb has none.
	OneLine bool
	// StopContext ends the connection's watch of the query's context, which calls Handle.ContextEnded. If it is nil,
	// the stream watches the context itself.
	StopContext func() bool
}

// Handle is the connection's side of a stream. Any goroutine may call its methods, and none of them blocks.
type Handle interface {
	// End ends the stream with err, as the end of its context would.
	End(err error)

	// ContextEnded ends the stream with the error of its context, which has ended.
	ContextEnded()

	// Left reports whether no further row will be handed out, so that the source only has to be given back.
	Left() bool
}
