package integration_test

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Flow control is promised in two ways of filling: with a reader that runs from the start to the end, and with the
// default, which decides by itself. Each of its tests runs in both.

// fill is a way of filling.
type fill struct {
	name string
	mode stream.ReadAhead
}

func (f fill) always() bool { return f.mode == stream.ReadAheadAlways }

// with is the options that a test asks for, in this way of filling.
func (f fill) with(opts ...stream.Option) []stream.Option {
	return append(opts[:len(opts):len(opts)], stream.WithReadAhead(f.mode))
}

// onFills runs a test in both: the subtests always and auto.
func onFills(t *testing.T, test func(t *testing.T, f fill)) {
	t.Helper()
	for _, f := range []fill{{"always", stream.ReadAheadAlways}, {"auto", stream.ReadAheadAuto}} {
		t.Run(f.name, func(t *testing.T) { test(t, f) })
	}
}

// mainDSN is the server that tests of the library alone use: the others would say the same.
func mainDSN(t testing.TB) string {
	t.Helper()
	return withoutJIT(t, servers(t)[0].DSN())
}

// withoutJIT keeps the server from compiling queries whose results look large to it: no test reads them to the end.
func withoutJIT(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); !q.Has("options") {
		q.Set("options", "-c jit=off")
		u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	}
	return u.String()
}

// onFewRoutes runs a test on each way to the first server, and on one way to each of the others.
func onFewRoutes(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	all := servers(t)
	for name, dsn := range routes(t, all[0]) {
		t.Run(all[0].Name+"/"+name, func(t *testing.T) { test(t, withoutJIT(t, dsn)) })
	}
	for _, s := range all[1:] {
		t.Run(s.Name, func(t *testing.T) { test(t, withoutJIT(t, s.DSN())) })
	}
}

// connectAs is connect with a changed configuration.
func connectAs(t testing.TB, dsn string, change func(*conn.Config)) *conn.Conn {
	t.Helper()
	cfg, err := conn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	change(cfg)
	c, err := conn.ConnectConfig(bounded(t), cfg)
	if err != nil {
		t.Fatalf("connect to %v: %v", cfg, err)
	}
	t.Cleanup(func() { closeConn(t, c) })
	return c
}

// numbered is n rows of exactly size bytes: "0...01", "0...02" and so on. They are made one by one as they are sent: a
// function in FROM would first be run to its end.
func numbered(n, size int) string {
	return fmt.Sprintf("SELECT to_jsonb(lpad(g::text, %d, '0')) AS data FROM (SELECT generate_series(1, %d) AS g) AS s",
		size-2, n)
}

// unhurried is numbered from a server that rests now and then: many of them at a time leave it the time to be asked for
// something else.
func unhurried(n, size int) string {
	return fmt.Sprintf("SELECT CASE WHEN g %% 100 > 0 OR pg_sleep(0.02) IS NOT NULL THEN to_jsonb(lpad(g::text, %d, '0')) END"+
		" AS data FROM (SELECT generate_series(1, %d) AS g) AS s", size-2, n)
}

// endless is how many rows no test ever reads.
const endless = 1_000_000_000

// laborious is numbered where the server works so long on each row that every consumer is faster.
func laborious(n, size int) string {
	return numbered(n, size) + " WHERE (SELECT count(*) FROM generate_series(g, g + 4000) AS w(i) WHERE i <> s.g) >= 0"
}

// number is the number of a row of numbered; -1 for another row.
func number(row []byte) int {
	if len(row) < 3 {
		return -1
	}
	n := 0
	for _, digit := range row[1 : len(row)-1] {
		if digit < '0' || digit > '9' {
			return -1
		}
		n = 10*n + int(digit-'0')
	}
	return n
}

// take takes n rows of numbered, which must be those after the first done.
func take(t testing.TB, s *stream.Stream, done, n int) {
	t.Helper()
	for want := done + 1; want <= done+n; want++ {
		if !s.Next() {
			t.Fatalf("no row %d: %v", want, s.Err())
		}
		if got := number(s.Row()); got != want {
			t.Fatalf("row %d is number %d", want, got)
		}
	}
}

// eventually waits for what must come about.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// waitNearlyFull waits until the reader has filled the ring: the rows that the consumer took but has not given back
// still count against it.
func waitNearlyFull(t testing.TB, s *stream.Stream, capacity int) {
	t.Helper()
	eventually(t, "a ring that is nearly full", func() bool {
		return s.Stats().ItemsBuffered >= capacity-min(64, capacity/4)
	})
}

// waitForReader is a consumer so slow that the default starts a reader. It returns how many rows it took.
func waitForReader(t testing.TB, s *stream.Stream, done int) (taken int) {
	t.Helper()
	for end := time.Now().Add(patience); !s.Stats().ReadAhead; taken++ {
		if time.Now().After(end) {
			t.Fatalf("no background reader within %v, for a consumer that took only %d rows", patience, taken)
		}
		take(t, s, done+taken, 1)
		for began := time.Now(); time.Since(began) < 20*time.Microsecond; {
			// The consumer's work. The server has long written the next rows.
		}
	}
	return taken
}

// libraryGoroutines is the stacks of the goroutines that run code of the library.
func libraryGoroutines() []string {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		for _, pkg := range []string{"/conn.", "/stream.", "/protocol."} {
			if strings.Contains(stack, module+pkg) {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}

// waitNoGoroutines fails unless every goroutine of the library ends. Only for tests that run alone.
func waitNoGoroutines(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		left := libraryGoroutines()
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left, the first:\n%s", len(left), left[0])
		}
	}
}

// entities numbers the labels, so that a test that is run again counts from zero.
var entities atomic.Int64

// uniqueEntity is a label for one test's metrics.
func uniqueEntity(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("%s#%d", strings.NewReplacer(" ", "_", ",", "").Replace(t.Name()), entities.Add(1))
}
