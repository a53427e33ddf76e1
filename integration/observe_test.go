package integration_test

import (
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// fiftyMillion is a result that no test reads to its end: the server makes its rows one by one as they are read.
const fiftyMillion = "SELECT to_json(generate_series(1, 50000000)) AS data"

// connectWith is connect with changes to the configuration. Compiling of plans is off: it takes seconds for a large
// result, in which the server looks for no cancel.
func connectWith(t testing.TB, dsn string, change func(*conn.Config)) *conn.Conn {
	t.Helper()
	c, err := conn.ConnectConfig(bounded(t), configure(t, dsn, change))
	if err != nil {
		t.Fatalf("connect to %s: %v", dsn, err)
	}
	t.Cleanup(func() { closeConn(t, c) })
	return c
}

func configure(t testing.TB, dsn string, change func(*conn.Config)) *conn.Config {
	t.Helper()
	cfg, err := conn.ParseConfig(dsn)
	if err != nil {
		t.Fatalf("configuration %s: %v", dsn, err)
	}
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	cfg.RuntimeParams["jit"] = "off"
	if change != nil {
		change(cfg)
	}
	return cfg
}

// begun starts a query and takes its first n rows.
func begun(t testing.TB, c *conn.Conn, sql string, n int, opts ...stream.Option) *stream.Stream {
	t.Helper()
	s := query(t, c, sql, opts...)
	for i := range n {
		if !s.Next() {
			t.Fatalf("%s: after %d rows: %v", sql, i, s.Err())
		}
	}
	return s
}

// long starts a query that takes longer than patience on a busy machine. Only the test's own end bounds it.
func long(t testing.TB, c *conn.Conn, sql string, opts ...stream.Option) *stream.Stream {
	t.Helper()
	s, err := c.Query(t.Context(), sql, opts...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	t.Cleanup(func() { s.Close() }) // tests that care close it themselves
	return s
}

// outcome runs a query to its end, however it ends: the rows that came, and the error of Query or of the stream.
func outcome(t testing.TB, c *conn.Conn, sql string, opts ...stream.Option) (rows int, err error) {
	t.Helper()
	s, err := c.Query(bounded(t), sql, opts...)
	if err != nil {
		return 0, err
	}
	defer s.Close() // the end was reached: there is nothing left to go wrong
	for s.Next() {
		rows++
	}
	return rows, s.Err()
}

// activity is what a backend does, as pg_stat_activity has it; empty for one that is gone.
func activity(t testing.TB, watcher *conn.Conn, pid uint32) string {
	t.Helper()
	const sql = "SELECT to_json(state) AS data FROM pg_stat_activity WHERE pid = $1"
	s, err := watcher.QueryArgs(bounded(t), sql, []any{pid})
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, s)
	if len(got) == 0 {
		return ""
	}
	return got[0]
}

// idleAgain waits for the connection to become idle by itself, and fails unless it then works as the same backend.
func idleAgain(t testing.TB, c *conn.Conn, pid uint32) {
	t.Helper()
	eventually(t, "the connection is idle", func() bool { return c.State() == conn.Idle || c.State() == conn.Closed })
	usable(t, c, pid)
}

// within runs f, and fails if it took longer than d.
func within(t testing.TB, d time.Duration, what string, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > d {
		t.Errorf("%s took %v, want at most %v", what, took, d)
	}
}

// sqlState is the SQLSTATE of the server's error in err; empty where there is none.
func sqlState(err error) string {
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		return refused.SQLState()
	}
	return ""
}

// census counts what must not grow. It is for tests that run alone.
type census struct{ goroutines, descriptors int }

func takeCensus() census {
	// Where there is no such folder, descriptors are not counted.
	open, _ := os.ReadDir("/dev/fd")
	return census{runtime.NumGoroutine(), len(open)}
}

// unchanged waits until there are no more goroutines and descriptors than before.
func (before census) unchanged(t testing.TB) {
	t.Helper()
	var now census
	defer func() {
		if now.goroutines > before.goroutines {
			stacks := make([]byte, 64<<10)
			t.Logf("goroutines:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	}()
	deadline := time.Now().Add(5 * time.Second)
	for {
		now = takeCensus()
		switch {
		case now.goroutines <= before.goroutines && now.descriptors <= before.descriptors:
			return
		case time.Now().After(deadline):
			t.Errorf("%+v, before %+v", now, before)
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}
