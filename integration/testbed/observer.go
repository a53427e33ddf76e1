package testbed

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Observer observes a server over a connection of its own. Any goroutine may use it.
type Observer struct {
	t  testing.TB
	c  *conn.Conn
	mu sync.Mutex // one query at a time
}

// Observe connects an observer, which is closed when the test ends.
func Observe(t testing.TB, dsn string) *Observer {
	t.Helper()
	return &Observer{t: t, c: Connect(t, dsn)}
}

// Ask returns the only row of a query.
func (o *Observer) Ask(sql string, args ...any) json.RawMessage {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	got := Rows(o.t, QueryArgs(o.t, o.c, sql, args, stream.WithEntity("observer")))
	if len(got) != 1 {
		o.t.Fatalf("%s: %d rows", sql, len(got))
	}
	return json.RawMessage(got[0])
}

// Backend is the state of a backend in pg_stat_activity. The zero value means that the backend has ended.
type Backend struct {
	State string // such as "active" or "idle"
	Event string // what it waits for, such as "ClientWrite"
}

// See returns the state of a backend.
func (o *Observer) See(pid uint32) (b Backend) {
	o.t.Helper()
	row := o.Ask("SELECT coalesce((SELECT jsonb_build_object('state', state, 'event', coalesce(wait_event, '')) "+
		"FROM pg_stat_activity WHERE pid = $1::int), '{}') AS data", pid)
	if err := json.Unmarshal(row, &b); err != nil {
		o.t.Fatal(err)
	}
	return b
}

// WaitIdle waits until a backend has sent the whole result.
func (o *Observer) WaitIdle(pid uint32) {
	o.t.Helper()
	Eventually(o.t, "the backend is idle", func() bool { return o.See(pid).State == "idle" })
}

// WaitHeldBack waits until a backend blocks in a write, because the client does not read.
func (o *Observer) WaitHeldBack(pid uint32) { o.t.Helper(); o.WaitEvent(pid, "ClientWrite") }

// WaitSent waits until a backend sends nothing more: it has sent its whole result, or it is held back. How much the
// sockets in between hold is up to the systems, which adapt it: more than 40 MB with receive buffers of up to 32 MB.
func (o *Observer) WaitSent(pid uint32) {
	o.t.Helper()
	Eventually(o.t, "a backend that sends nothing more", func() bool {
		b := o.See(pid)
		return b.Event == "ClientWrite" || b.State == "idle"
	})
}

// WaitEvent waits until a backend waits for an event (manual, "Wait Event Types"), such as "PgSleep", or "advisory" for
// a Barrier.
func (o *Observer) WaitEvent(pid uint32, event string) {
	o.t.Helper()
	Eventually(o.t, "a backend that waits for "+event, func() bool { return o.See(pid).Event == event })
}

// WaitGone waits until a backend has ended.
func (o *Observer) WaitGone(pid uint32) {
	o.t.Helper()
	Eventually(o.t, "the backend's end", func() bool { return o.See(pid) == Backend{} })
}

// WaitNoQuery waits until no connection with an application name runs a query.
func (o *Observer) WaitNoQuery(application string) {
	o.t.Helper()
	Eventually(o.t, "the end of the queries of "+application, func() bool {
		return string(o.Ask("SELECT to_json(count(*)) AS data FROM pg_stat_activity "+
			"WHERE application_name = $1 AND state <> 'idle'", application)) == "0"
	})
}

// Terminate ends a backend.
func (o *Observer) Terminate(pid uint32) {
	o.t.Helper()
	o.Ask("SELECT to_jsonb(pg_terminate_backend($1::int)) AS data", pid)
}

// BytesOf returns the total length of a query's rows, as counted by the server.
func (o *Observer) BytesOf(sql string) (sum uint64) {
	o.t.Helper()
	row := o.Ask("SELECT to_jsonb(coalesce(sum(octet_length(data::text)), 0)) AS data FROM (" + sql + ") AS counted")
	if err := json.Unmarshal(row, &sum); err != nil {
		o.t.Fatal(err)
	}
	return sum
}

// Barrier holds back the rows of a query after the first few. It is an advisory lock of the observer's connection, so
// it opens when that connection ends.
type Barrier struct {
	o    *Observer
	key  int64
	once sync.Once
}

// Raise returns a closed barrier.
func (o *Observer) Raise() *Barrier {
	o.t.Helper()
	h := fnv.New32()
	h.Write([]byte(UniqueEntity(o.t)))
	b := &Barrier{o: o, key: int64(h.Sum32())}
	o.Ask("SELECT to_jsonb(pg_advisory_lock($1::bigint)::text) AS data", b.key)
	return b
}

// Behind returns a condition to append to Numbered: the server stops before row n+1 until the barrier is opened. Of the
// rows before that, it sends only full buffers of 8 KB, and keeps the rest.
func (b *Barrier) Behind(n int) string {
	return fmt.Sprintf(" WHERE CASE WHEN g = %d THEN pg_advisory_xact_lock_shared(%d) IS NOT NULL ELSE true END",
		n+1, b.key)
}

// Open opens the barrier. A second call does nothing.
func (b *Barrier) Open() {
	b.once.Do(func() { b.o.Ask("SELECT to_jsonb(pg_advisory_unlock($1::bigint)) AS data", b.key) })
}
