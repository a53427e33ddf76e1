//go:build unix

package integration_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/inspect"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// TestDrills runs the incidents of docs/OPERATIONS.md, and compares the metrics with the tables there. It uses metrics
// of the whole process, so no other test runs at the same time. The drills share a primary and its standby, one after
// the other; the last one promotes the standby.
func TestDrills(t *testing.T) {
	top := testbed.NewTopology(t)
	for _, tt := range []struct {
		title string
		run   func(t *testing.T, d *drill, top *testbed.Topology)
	}{
		{"A server process is killed", drillKilledBackend},
		{"The server is stopped at once", drillStoppedServer},
		{"The pooler is restarted", drillRestartedPooler},
		{"A consumer is stuck", drillStuckConsumer},
		{"The primary fails over to its standby", drillFailover},
	} {
		if !t.Run(tt.title, func(t *testing.T) {
			top.T = t
			defer func() { top.T = t }()
			tt.run(t, &drill{title: tt.title}, top)
		}) {
			break // the servers may not be in the state that the next one needs
		}
	}
	top.T = t
}

// drill records the metrics at the moments that are the columns of its table. In the table the pool, which is also the
// entity, is called shop.
type drill struct {
	title   string
	pool    *pool.Pool
	moments []moment
}

type moment struct {
	name  string
	value map[string]float64 // by series
}

// start creates the pool of a drill, with the size in its table and otherwise with the defaults.
func (d *drill) start(t *testing.T, dsn string, change func(*pool.Config)) *pool.Pool {
	t.Helper()
	d.pool = newPool(t, dsn, func(cfg *pool.Config) {
		cfg.MaxConns = 4
		if change != nil {
			change(cfg)
		}
	})
	return d.pool
}

// look records the metrics of this moment.
func (d *drill) look(name string) {
	var page bytes.Buffer
	wiremetrics.WritePrometheus(&page)
	now := map[string]float64{}
	for line := range strings.Lines(page.String()) {
		at := strings.LastIndexByte(line, ' ')
		if v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64); err == nil {
			now[strings.ReplaceAll(line[:at], strconv.Quote(d.pool.Name()), `"shop"`)] = v
		}
	}
	d.moments = append(d.moments, moment{name, now})
}

// value returns the value of a series at a moment: of a gauge as it was, of a counter since the first moment.
func (d *drill) value(series string, i int) float64 {
	v := d.moments[i].value[series]
	if regexp.MustCompile(`_(total|sum|count|bucket)($|{)`).MatchString(series) {
		v -= d.moments[0].value[series]
	}
	return v
}

// check compares the moments with the drill's table, the block "metrics" below its heading. A number with a plus is a
// minimum.
func (d *drill) check(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### "+d.title+"\n")
	section, _, _ = strings.Cut(section, "\n### ")
	_, table, _ := strings.Cut(section, "\n```metrics\n")
	table, _, _ = strings.Cut(table, "```")
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	var names []string
	for _, m := range d.moments {
		names = append(names, m.name)
	}
	if got := strings.Fields(lines[0]); !slices.Equal(got, names) || len(lines) < 4 {
		t.Errorf("docs/OPERATIONS.md, %q: a table of %d lines about %q, want one about %q", d.title, len(lines), got, names)
		lines = nil
	}
	for _, line := range lines[min(1, len(lines)):] {
		words := strings.Fields(line)
		for i := range d.moments {
			want, least := strings.CutSuffix(words[i+1], "+")
			v, err := strconv.ParseFloat(want, 64)
			if got := d.value(words[0], i); err != nil || got != v && (!least || got < v) {
				t.Errorf("%s, %s: %v, in docs/OPERATIONS.md %s", words[0], names[i], got, words[i+1])
			}
		}
	}
	d.log(t, names)
}

// log prints all metrics that have changed, for writing the table.
func (d *drill) log(t *testing.T, names []string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%-90s%10s\n", "", strings.Join(names, " "))
	for _, series := range slices.Sorted(maps.Keys(d.moments[len(d.moments)-1].value)) {
		var columns []string
		moved := false
		for i := range d.moments {
			columns = append(columns, fmt.Sprint(d.value(series, i)))
			moved = moved || columns[i] != columns[0]
		}
		if moved && !strings.Contains(series, "_bucket") {
			fmt.Fprintf(&b, "%-90s %s\n", series, strings.Join(columns, " "))
		}
	}
	t.Log(b.String())
}

// lend starts n streams of the pool, and leaves one more connection idle.
func (d *drill) lend(t *testing.T, n int) (running []*stream.Stream, backends []uint32, idle uint32) {
	t.Helper()
	for range n {
		s := endlessStream(t, d.pool)
		testbed.Take(t, s, 0, 10)
		running = append(running, s)
	}
	for info := range stream.Running() {
		if info.Entity == d.pool.Name() {
			backends = append(backends, info.PID)
		}
	}
	return running, backends, poolPID(t, d.pool)
}

// broken reads streams to their end, which must be an error that is not safe to retry.
func broken(t *testing.T, streams []*stream.Stream) {
	t.Helper()
	for _, s := range streams {
		for s.Next() {
		}
		testbed.CheckCategory(t, s.Err(), werr.CategoryServer, werr.CategoryIO)
		if werr.SafeToRetry(s.Err()) {
			t.Errorf("%v is safe to retry after rows", s.Err())
		}
		t.Log(s.Err())
		_ = s.Close() // its connection is gone
	}
}

// refused runs queries until the pool's breaker is open, and logs how they failed.
func (d *drill) refused(t *testing.T) {
	t.Helper()
	var open *werr.CircuitOpenError
	testbed.Eventually(t, "an open breaker", func() bool {
		s, err := d.pool.Query(testbed.Context(t), testbed.Documents(1))
		if err == nil {
			t.Error("a query was answered")
			return s.Close() == nil
		}
		t.Log(err)
		return errors.As(err, &open)
	})
}

// answers runs queries until the pool answers; Retry and Breaker have their defaults.
func (d *drill) answers(t *testing.T) {
	t.Helper()
	testbed.Eventually(t, "an answer", func() bool {
		s, err := d.pool.Query(testbed.Context(t), testbed.Documents(1))
		if err == nil {
			for s.Next() {
			}
			err = s.Err()
		}
		return err == nil
	})
}

func drillKilledBackend(t *testing.T, d *drill, top *testbed.Topology) {
	d.start(t, top.Primary.DSN(), nil)
	running, backends, _ := d.lend(t, 3)
	d.look("before")
	if err := syscall.Kill(int(backends[0]), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	broken(t, running)
	d.answers(t)
	testbed.Eventually(t, "the end of the old connections", func() bool { return d.pool.Stats().TotalConns == 1 })
	d.look("after")
	d.check(t)
}

func drillStoppedServer(t *testing.T, d *drill, top *testbed.Topology) {
	d.start(t, top.Primary.DSN(), nil)
	running, _, _ := d.lend(t, 3)
	d.look("before")
	top.Primary.Stop(syscall.SIGQUIT)
	broken(t, running)
	d.refused(t)
	d.look("down")
	top.Primary.Start()
	d.answers(t)
	d.look("after")
	d.check(t)
}

// drillRestartedPooler starts a second PgBouncer in place of the first, so that nothing else can take its port
// meanwhile.
func drillRestartedPooler(t *testing.T, d *drill, top *testbed.Topology) {
	start := func() (*pgserver.Bouncer, string) {
		b, err := pgserver.StartBouncer(t.Context(), top.Primary.Server(), os.Stderr)
		if err != nil {
			testbed.Cannot(t, err.Error())
		}
		u, err := url.Parse(b.URL)
		if err != nil {
			t.Fatal(err)
		}
		return b, u.Host
	}
	first, host := start()
	var address atomic.Value
	address.Store(host)
	d.start(t, first.URL, func(cfg *pool.Config) {
		cfg.Conn.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address.Load().(string))
		}
	})
	running, _, _ := d.lend(t, 2)
	d.look("before")
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	broken(t, running)
	server := testbed.Observe(t, top.Primary.DSN())
	testbed.Eventually(t, "the end of the pooler's queries on the server", func() bool {
		return string(server.Ask("SELECT to_json(count(*)) AS data FROM pg_stat_activity WHERE usename = 'wire_scram'")) == "0"
	})
	d.refused(t)
	d.look("down")
	second, host := start()
	defer second.Stop() // it is not used afterwards
	address.Store(host)
	d.answers(t)
	d.look("after")
	d.check(t)
}

func drillFailover(t *testing.T, d *drill, top *testbed.Topology) {
	d.start(t, top.Primary.List(top.Standby)+"&target_session_attrs=read-write", nil)
	standby := testbed.Connect(t, top.Standby.DSN())
	running, backends, idle := d.lend(t, 3)
	d.look("before")
	top.Primary.Crash(append(backends, idle)...)
	broken(t, running)
	d.refused(t)
	d.look("down")
	if got := testbed.Ask(t, standby, "SELECT to_json(pg_promote()) AS data"); got != "true" {
		t.Fatalf("pg_promote says %s", got)
	}
	d.answers(t)
	c, err := d.pool.Acquire(testbed.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := top.At(t, c.Conn()); got != "standby" {
		t.Errorf("the pool is at the %s", got)
	}
	c.Release()
	d.look("after")
	d.check(t)
}

// drillStuckConsumer has one stream that nobody reads for each connection of the pool.
func drillStuckConsumer(t *testing.T, d *drill, top *testbed.Topology) {
	d.start(t, top.Primary.DSN(), func(cfg *pool.Config) { cfg.MaxConns = 2 })
	site := httptest.NewServer(inspect.Handler([]*pool.Pool{d.pool}, inspect.AllowCancel()))
	defer site.Close()
	server := testbed.Observe(t, top.Primary.DSN())
	d.look("before")
	stuck := []*stream.Stream{endlessStream(t, d.pool), endlessStream(t, d.pool)}
	for _, s := range stuck {
		testbed.Take(t, s, 0, 10)
	}
	answered := make(chan error)
	go func() {
		_, err := stream.Collect[int](poolQuery(t, d.pool, "SELECT to_json(1) AS data"))
		answered <- err
	}()
	waitWaiting(t, d.pool, 1)
	shown, running := find(t, site.URL, d.pool.Name())
	if !running || shown.WaitsFor != "consumer" {
		t.Errorf("the inspector shows %+v, running %t", shown, running)
	}
	server.WaitHeldBack(shown.PID)
	d.look("stuck")
	ask(t, "POST", site.URL, "*/*", site.URL, fmt.Sprintf("id=%d", shown.ID))
	if err := <-answered; err != nil {
		t.Error(err)
	}
	d.look("cancelled")
	cancelled := 0
	for _, s := range stuck {
		if s.State() == stream.Failed && errors.Is(s.Err(), werr.ErrCancelled) {
			cancelled++
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if cancelled != 1 {
		t.Errorf("%d streams were cancelled, want only the one named in the request", cancelled)
	}
	server.WaitIdle(shown.PID)
	d.check(t)
}
