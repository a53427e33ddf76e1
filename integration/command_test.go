package integration_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// endlessRows is a statement whose rows the server generates while they are read. It does not know their number in
// advance, because otherwise it would compile the query, which takes long.
const endlessRows = "SELECT jsonb_build_object('id', generate_series(1, (SELECT 1000000000))) AS data"

func TestCommandWritesNDJSON(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		t.Parallel()
		const sql = `SELECT d::json AS data FROM unnest(ARRAY['{"a" : 1}', NULL, '["x",' || chr(10) || ' 2]', $1]) d`
		for _, flags := range [][]string{
			{},
			{"--read-ahead", "always", "--chunk-rows", "1", "--max-memory", "64KiB", "--memory-policy", "wait"},
			{"--read-ahead", "never", "--validate", "--entity", "things", "--timeout", "1m", "--progress", "never"},
		} {
			out, log := testbed.NewCommand(t, dsn, append(append([]string{"stream", "--arg", `"é"`}, flags...), sql)...).Output(t, 0)
			if want := "{\"a\" : 1}\nnull\n[\"x\",  2]\n\"é\"\n"; out != want || log != "" {
				t.Errorf("%v: got %q, want %q; standard error %q", flags, out, want, log)
			}
		}
	})
}

func TestCommandRefusals(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		elsewhere, err := url.Parse(s.DSN())
		if err != nil {
			t.Fatal(err)
		}
		elsewhere.Path = "/wire_no_such_database"
		tests := []struct {
			name, dsn, sql string
			status         int
			want           string
		}{
			{"a bad statement", s.DSN(), "SELEKT", 1, "correct the statement, at character 1"},
			{"two columns", s.DSN(), "SELECT '1'::json AS data, 2 AS more", 1, "want one column named data"},
			{"a missing database", elsewhere.String(), "SELECT data FROM v", 1, "name a database that exists"},
			{"a row above the limit", s.DSN(), "SELECT to_json(repeat('x', 2000)) AS data", 1, "above --max-memory 1024; raise it"},
		}
		if s.Own() {
			wrong := strings.Replace(s.DSN(), ":"+pgserver.Password+"@", ":hunter2@", 1)
			tests = append(tests, struct {
				name, dsn, sql string
				status         int
				want           string
			}{"a wrong password", wrong, "SELECT data FROM v", 1, "correct the user or the password"})
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				out, log := testbed.NewCommand(t, tt.dsn, "stream", "--max-memory", "1KiB", tt.sql).Output(t, tt.status)
				if out != "" || strings.Count(log, "\n") != 1 || !strings.Contains(log, tt.want) || strings.Contains(log, "hunter2") {
					t.Errorf("standard output %q; standard error %q, want one line with %q", out, log, tt.want)
				}
			})
		}
	})
}

func TestCommandTimeout(t *testing.T) {
	t.Parallel()
	out, log := testbed.NewCommand(t, testbed.DSN(t), "stream", "--timeout", "2s",
		"SELECT to_json(pg_sleep(60)::text) AS data").Output(t, 1)
	if out != "" || strings.Count(log, "\n") != 1 || !strings.Contains(log, "stopped after 2s because of --timeout") {
		t.Errorf("standard output %q; standard error %q", out, log)
	}
}

// Rows before an error are written.
func TestCommandWritesRowsBeforeAnError(t *testing.T) {
	t.Parallel()
	out, log := testbed.NewCommand(t, testbed.DSN(t), "stream",
		"SELECT to_json(1 / (3 - g)) AS data FROM generate_series(1, 5) g").Output(t, 1)
	if out != "0\n1\n" || !strings.Contains(log, "division by zero") {
		t.Errorf("standard output %q, standard error %q", out, log)
	}
}

// As with head -1, the reader closes the pipe early, whether the server has more rows to send or is still working.
func TestCommandEndsWithItsReader(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"more rows": endlessRows,
		"no row yet": "SELECT to_json(repeat('x', 20000) || CASE g WHEN 3 THEN pg_sleep(60)::text ELSE '' END) AS data " +
			"FROM generate_series(1, 3) g",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := testbed.DSN(t)
			dsn, application := testbed.NamedApplication(t, plain)
			p := testbed.NewCommand(t, dsn, "stream", sql).Start(t)
			p.Line(t)
			p.In.Close()
			p.Exits(t, 0)
			if p.Log.Len() > 0 {
				t.Errorf("standard error: %s", p.Log)
			}
			testbed.Observe(t, plain).WaitNoQuery(application)
		})
	}
}

// A signal cancels the query on the server. The output consists of whole rows, all that had arrived before.
func TestCommandStopsOnSignals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		signal syscall.Signal
		status int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			t.Parallel()
			plain := testbed.DSN(t)
			dsn, application := testbed.NamedApplication(t, plain)
			p := testbed.NewCommand(t, dsn, "stream", endlessRows).Start(t)
			p.Line(t)
			if err := p.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			wholeRows(t, p, 1)
			p.Exits(t, tt.status)
			if got := p.Log.String(); !strings.Contains(got, "a running query was cancelled") || strings.Count(got, "\n") != 1 {
				t.Errorf("standard error %q, want one line", got)
			}
			testbed.Observe(t, plain).WaitNoQuery(application)
		})
	}
}

// wholeRows reads rows {"id": n} to the end, which must continue the rows read before.
func wholeRows(t *testing.T, p *testbed.Command, before int) {
	t.Helper()
	for id := before + 1; ; id++ {
		line, err := p.Out.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return
		}
		if want := fmt.Sprintf("{\"id\": %d}\n", id); line != want || err != nil {
			t.Fatalf("row %d is %q, %v", id, line, err)
		}
	}
}

// Even if nobody reads standard output, a signal or the timeout ends the command, and rows stay whole.
func TestCommandLeavesAStuckReader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		timeout string
		signals int
		status  int
	}{{"one signal", "0", 1, 130}, {"two signals", "0", 2, 130}, {"timeout", "10s", 0, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plain := testbed.DSN(t)
			dsn, application := testbed.NamedApplication(t, plain)
			p := testbed.NewCommand(t, dsn, "stream", "--timeout", tt.timeout, endlessRows).Start(t)
			read := 0 // before the end; the timeout may expire before the first row
			if tt.signals > 0 {
				p.Line(t)
				read = 1
			}
			for range tt.signals {
				if err := p.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
			}
			p.Exits(t, tt.status)
			wholeRows(t, p, read)
			testbed.Observe(t, plain).WaitNoQuery(application)
		})
	}
}

func TestCommandServesMetrics(t *testing.T) {
	t.Parallel()
	log, logged := io.Pipe()
	p := testbed.NewCommand(t, testbed.DSN(t), "stream", "--metrics-listen", "127.0.0.1:0", "--entity", "scraped", endlessRows)
	p.Stderr = logged
	p.Start(t)
	said, err := bufio.NewReader(log).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, log) // the rest does not matter
	p.Line(t)
	address := regexp.MustCompile(`http://\S+/metrics`).FindString(said)
	_, _, metrics := ask(t, http.MethodGet, address, "*/*", "", "")
	if want := `fraiseql_active_streams{entity="scraped"} 1`; !strings.Contains(metrics, want) {
		t.Errorf("%q is not on the page:\n%s", want, metrics)
	}
	page := strings.TrimSuffix(address, "metrics")
	if got, running := find(t, page, "scraped"); !running || got.SQL != endlessRows || got.Rows == 0 {
		t.Errorf("on %s: %+v, running %t", page, got, running)
	}
	if status, _, _ := ask(t, http.MethodPost, page, "*/*", "", "id=1"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", status)
	}
	p.In.Close()
	p.Exits(t, 0)
}

func TestCommandStatsAndProgress(t *testing.T) {
	t.Parallel()
	out, log := testbed.NewCommand(t, testbed.DSN(t), "stream", "--stats", "--progress", "always",
		testbed.Documents(1000)).Output(t, 0)
	if n := strings.Count(out, "\n"); n != 1000 {
		t.Errorf("%d rows", n)
	}
	for _, want := range []string{"1000 rows", "buffered", "MB/s", "elapsed", "time to first row", "peak memory", "completed"} {
		if !strings.Contains(log, want) && !strings.Contains(strings.ReplaceAll(log, "kB/s", "MB/s"), want) {
			t.Errorf("%q is not in %s", want, log)
		}
	}
}

// All settings of the environment for servers apply, including session parameters.
func TestCommandReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	cfg, err := conn.ParseConfig(testbed.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	h := cfg.Hosts[0]
	p := testbed.NewCommand(t, "", "stream", "SELECT json_build_array(current_setting('application_name'), current_setting('work_mem')) AS data")
	p.Env = append(p.Env, "PGHOST="+h.Name, fmt.Sprintf("PGPORT=%d", h.Port), "PGUSER="+cfg.User, "PGPASSWORD="+cfg.Password,
		"PGDATABASE="+cfg.Database, "PGSSLMODE="+cfg.SSLMode.String(), "PGOPTIONS=-c work_mem=5MB")
	out, log := p.Output(t, 0)
	var got []string
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != 2 || got[0] != "fraiseql-wire" || got[1] != "5MB" {
		t.Errorf("got %q (%v); standard error %q", out, err, log)
	}
}

func TestCommandPing(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		t.Parallel()
		out, log := testbed.NewCommand(t, dsn, "ping").Output(t, 0)
		if !regexp.MustCompile(`^PostgreSQL \d+.*, pid \d+: connected in \S+, ping \S+\n$`).MatchString(out) || log != "" {
			t.Errorf("standard output %q, standard error %q", out, log)
		}
	})
}

func TestCommandDemo(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		demoSays(t, testbed.NewCommand(t, s.DSN(), "demo", "--rows", "5000"),
			"5000 documents", "rows                5000", "rows/s", "time to first row", "peak memory", "metrics that changed",
			`fraiseql_rows_processed_total{entity="user",status="ok"} 5000`,
			`fraiseql_query_completed_total{entity="user",status="success"} 1`)
		demoSays(t, testbed.NewCommand(t, s.DSN(), "demo", "--rows", "5003", "--streams", "4"),
			"5000 documents in 4 streams", "rows                5000", "state               completed",
			`fraiseql_rows_processed_total{entity="user",status="ok"} 5000`,
			`fraiseql_query_completed_total{entity="user",status="success"} 4`,
			`fraiseql_pool_created_total{pool="demo"} 4`)
	})
}

// demoSays runs a demo, whose output must contain all of wants, and whose standard error must be empty.
func demoSays(t *testing.T, demo *testbed.Command, wants ...string) {
	t.Helper()
	out, log := demo.Output(t, 0)
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if log != "" {
		t.Errorf("standard error, not a terminal: %q", log)
	}
}
