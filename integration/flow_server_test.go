package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// observer looks at the server from a connection of its own. It is for any goroutine.
type observer struct {
	t  testing.TB
	c  *conn.Conn
	mu sync.Mutex // one question at a time
}

func observe(t testing.TB, dsn string) *observer {
	t.Helper()
	return &observer{t: t, c: connect(t, dsn)}
}

// ask is the only row of a query.
func (o *observer) ask(sql string, args ...any) json.RawMessage {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	s, err := o.c.QueryArgs(bounded(o.t), sql, args, stream.WithEntity("observer"))
	if err != nil {
		o.t.Fatalf("%s: %v", sql, err)
	}
	got := rows(o.t, s)
	if len(got) != 1 {
		o.t.Fatalf("%s: %d rows", sql, len(got))
	}
	return json.RawMessage(got[0])
}

// backend is what pg_stat_activity says of one; the zero value: it is gone.
type backend struct{ State, Event string }

// see looks at a backend.
func (o *observer) see(pid uint32) (b backend) {
	o.t.Helper()
	row := o.ask("SELECT coalesce((SELECT jsonb_build_object('state', state, 'event', coalesce(wait_event, '')) "+
		"FROM pg_stat_activity WHERE pid = $1::int), '{}') AS data", pid)
	if err := json.Unmarshal(row, &b); err != nil {
		o.t.Fatal(err)
	}
	return b
}

// waitHeldBack waits until a backend is stuck in its write, because nobody reads.
func (o *observer) waitHeldBack(pid uint32) {
	o.t.Helper()
	eventually(o.t, "a backend that waits for its client to read", func() bool {
		return o.see(pid).Event == "ClientWrite"
	})
}

// waitGone waits for a backend's end.
func (o *observer) waitGone(pid uint32) {
	o.t.Helper()
	eventually(o.t, "the backend's end", func() bool { return o.see(pid) == backend{} })
}

func (o *observer) terminate(pid uint32) {
	o.t.Helper()
	o.ask("SELECT to_jsonb(pg_terminate_backend($1::int)) AS data", pid)
}

// bytesOf is the sum of a result's row lengths, by the server's own count.
func (o *observer) bytesOf(sql string) (sum uint64) {
	o.t.Helper()
	row := o.ask("SELECT to_jsonb(coalesce(sum(octet_length(data::text)), 0)) AS data FROM (" + sql + ") AS counted")
	if err := json.Unmarshal(row, &sum); err != nil {
		o.t.Fatal(err)
	}
	return sum
}

// barrier holds back the rows of a query behind the first few, until it is opened, or its observer's connection is
// closed.
type barrier struct {
	o    *observer
	key  int64
	once sync.Once
}

// raise makes a barrier that is closed.
func (o *observer) raise() *barrier {
	o.t.Helper()
	h := fnv.New32()
	h.Write([]byte(uniqueEntity(o.t)))
	b := &barrier{o: o, key: int64(h.Sum32())}
	o.ask("SELECT to_jsonb(pg_advisory_lock($1::bigint)::text) AS data", b.key)
	return b
}

// behind is a condition on rows numbered g: the first n pass.
func (b *barrier) behind(n int) string {
	return fmt.Sprintf(" WHERE CASE WHEN g = %d THEN pg_advisory_xact_lock_shared(%d) IS NOT NULL ELSE true END",
		n+1, b.key)
}

func (b *barrier) open() {
	b.once.Do(func() { b.o.ask("SELECT to_jsonb(pg_advisory_unlock($1::bigint)) AS data", b.key) })
}

// logbook keeps what is logged.
type logbook struct {
	mu      sync.Mutex
	records []slog.Record
}

func (l *logbook) Enabled(context.Context, slog.Level) bool { return true }
func (l *logbook) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logbook) WithGroup(string) slog.Handler            { return l }

func (l *logbook) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, r.Clone())
	return nil
}

// entry is one record.
type entry struct {
	level slog.Level
	attrs map[string]slog.Value
}

// find is the records with a message.
func (l *logbook) find(message string) (found []entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		if r.Message != message {
			continue
		}
		e := entry{r.Level, map[string]slog.Value{}}
		r.Attrs(func(a slog.Attr) bool { e.attrs[a.Key] = a.Value; return true })
		found = append(found, e)
	}
	return found
}

// connectLogged is a connection that logs into a book.
func connectLogged(t testing.TB, dsn string) (*conn.Conn, *logbook) {
	t.Helper()
	book := &logbook{}
	return connectAs(t, dsn, func(cfg *conn.Config) { cfg.Logger = slog.New(book) }), book
}
