package stream

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Info describes a stream that has not ended, at one moment.
type Info struct {
	ID          uint64 // of the stream, in this process; never used twice
	Entity      string // as in the metrics
	SQL         string // the statement; it may contain literal values
	PID         uint32 // of the server's backend; 0: unknown
	Started     time.Time
	PauseReason string
	PausedFor   time.Duration // of the current pause; 0: none
	WaitsFor    Wait          // what the stream is waiting for
	Stats
}

// String returns one line for a log or a terminal, without the statement.
func (i Info) String() string {
	text := fmt.Sprintf("stream %d, %s, pid %d, started %s: %v",
		i.ID, i.Entity, i.PID, i.Started.Format(time.RFC3339), i.Stats)
	if i.State == Paused {
		text += fmt.Sprintf("; paused for %v: %s", i.PausedFor, i.PauseReason)
	}
	return text
}

// LogValue returns a group of attributes for log/slog, including those of its Stats, without the statement.
func (i Info) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.Uint64("id", i.ID),
		slog.String("entity", i.Entity),
		slog.Uint64("pid", uint64(i.PID)),
		slog.Time("started", i.Started),
	}
	if i.State == Paused {
		attrs = append(attrs, slog.String("pause_reason", i.PauseReason), slog.Duration("paused_for", i.PausedFor))
	}
	return slog.GroupValue(append(attrs, i.Stats.LogValue().Group()...)...)
}

// Running iterates over the streams of this process that have not ended, oldest first. A stream that still has to give
// back its connection has not ended. A stream that begins during the iteration is left out; one that ends may still be
// yielded. Any goroutine may call it.
func Running() iter.Seq[Info] {
	return func(yield func(Info) bool) {
		for _, s := range registry.all() {
			if !yield(s.info()) {
				return
			}
		}
	}
}

func (s *Stream) info() Info {
	i := Info{
		ID: s.place.id, Entity: cmp.Or(s.env.Entity, "unknown"), SQL: s.env.SQL, PID: s.env.PID, Started: s.env.Start,
		WaitsFor: s.waitsFor(),
		Stats:    s.Stats(),
	}
	s.pause.mu.Lock()
	defer s.pause.mu.Unlock()
	if s.pause.on.Load() {
		i.PauseReason, i.PausedFor = s.pause.last.reason, time.Since(s.pause.last.since)
	}
	return i
}

// CancelRunning is Stream.Cancel for the running stream with the given ID. If there is none, or it has ended, the error
// is errors.ErrStreamAlreadyClosed. Any goroutine may call it.
func CancelRunning(ctx context.Context, id uint64) error {
	for _, s := range registry.all() {
		if s.place.id == id {
			return s.Cancel(ctx)
		}
	}
	return werr.ErrStreamAlreadyClosed
}

// registry lists every stream that has not ended. It costs each query two uses of a mutex, and each row nothing.
var registry streams

// streams is a list of streams, oldest first, linked through Stream.place.
type streams struct {
	mu          sync.Mutex
	first, last *Stream
	began       uint64 // number of streams ever added
	size        int
}

// place is a stream's place in the list. Guarded by streams.mu, except for id, which is fixed.
type place struct {
	id         uint64
	prev, next *Stream
}

func (l *streams) add(s *Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began++
	l.size++
	s.place = place{id: l.began, prev: l.last}
	if l.last == nil {
		l.first = s
	} else {
		l.last.place.next = s
	}
	l.last = s
}

// remove takes s out of the list. It is called once for each stream.
func (l *streams) remove(s *Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size--
	prev, next := s.place.prev, s.place.next
	if prev == nil {
		l.first = next
	} else {
		prev.place.next = next
	}
	if next == nil {
		l.last = prev
	} else {
		next.place.prev = prev
	}
	s.place.prev, s.place.next = nil, nil // a stream that has ended keeps no other alive
}

func (l *streams) all() []*Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*Stream, 0, l.size)
	for s := l.first; s != nil; s = s.place.next {
		list = append(list, s)
	}
	return list
}
