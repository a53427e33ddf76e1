package main

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"os"
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// demo is the schema of setup.sql, and views that misbehave.
var demo = testbed.Fixture{
	Make: readFile("setup.sql") + `
		CREATE VIEW fraiseql_demo.v_endless AS
			SELECT jsonb_build_object('id', g, 'text', repeat('x', 1000)) AS data FROM (SELECT generate_series(1, 1000000000) AS g) AS g;
		CREATE VIEW fraiseql_demo.v_long AS
			SELECT jsonb_build_object('id', g, 'text', repeat('x', 10000)) AS data FROM (SELECT generate_series(1, 4000) AS g) AS g;
		CREATE VIEW fraiseql_demo.v_asleep AS
			SELECT jsonb_build_object('id', g, 'nap', pg_sleep(3600)::text) AS data FROM (SELECT generate_series(1, 2) AS g) AS g;
		CREATE VIEW fraiseql_demo.v_broken AS
			SELECT jsonb_build_object('id', g, 'text', repeat('x', 9000), 'ratio', 1 / (g - 3)) AS data
			FROM (SELECT generate_series(1, 3) AS g) AS g;
		CREATE VIEW fraiseql_demo.v_forbidden AS SELECT jsonb '{"id": 1}' AS data;
		GRANT SELECT ON fraiseql_demo.v_endless, fraiseql_demo.v_long, fraiseql_demo.v_asleep, fraiseql_demo.v_broken
			TO fraiseql_demo_reader`,
	Drop: "DROP SCHEMA fraiseql_demo CASCADE;\n" + // and the role, unless another database has the demo, too
		"DO $$ BEGIN DROP ROLE fraiseql_demo_reader; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$",
}

func readFile(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// program is a server under test, observed only from outside: by its answers, its metrics and its log.
type program struct {
	t             *testing.T
	url, admin    string
	address       string
	application   string // the application_name of its connections
	observer      *testbed.Observer
	log           *logBuffer
	terminate     context.CancelFunc // has the effect of a signal
	ended         chan error         // the result of run
	expectedLines int                // the number of failures in the log
}

// launch starts a server with the tests' views and with changes to its settings.
func launch(t *testing.T, changes ...func(*config)) *program {
	t.Helper()
	return launchWith(t, func(*server) {}, changes...)
}

// launchWith is like launch, with a change to the server before it serves.
func launchWith(t *testing.T, prepare func(*server), changes ...func(*config)) *program {
	t.Helper()
	demo.In(t, testbed.DSN(t))
	dsn, application := testbed.NamedApplication(t, testbed.DSN(t))
	cfg, err := readConfig([]string{
		"-listen", "localhost:0", "-admin-listen", "localhost:0", "-tokens", "tokens.demo", "-drain-grace", "0",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.pool, err = pool.ParseConfig(dsn); err != nil {
		t.Fatal(err)
	}
	cfg.pool.Name, cfg.pool.MaxConns = application, 3
	cfg.pool.Conn.CancelTimeout = testbed.Patience
	cfg.acquireTimeout, cfg.writeTimeout, cfg.readyTimeout = testbed.Patience, testbed.Patience, testbed.Patience
	cfg.drainTimeout = testbed.Patience
	cfg.views = maps.Clone(views)
	for _, name := range []string{"endless", "long", "asleep", "broken", "forbidden", "missing"} {
		cfg.views[name] = view{"fraiseql_demo.v_" + name, views["customer"].schema, query.Field("id").As(query.Numeric).Asc()}
	}
	for _, change := range changes {
		change(&cfg)
	}
	return run(t, cfg, application, prepare)
}

func run(t *testing.T, cfg config, application string, prepare func(*server)) *program {
	t.Helper()
	p := &program{t: t, application: application, log: &logBuffer{}, ended: make(chan error, 1)}
	p.observer = testbed.Observe(t, testbed.DSN(t))
	ctx, terminate := context.WithCancel(context.Background())
	p.terminate = terminate
	s, err := start(ctx, cfg, noop.NewTracerProvider(), slog.New(slog.NewJSONHandler(p.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	prepare(s)
	p.address = s.clients.Addr().String()
	p.url, p.admin = "http://"+p.address, "http://"+address(s.staff)
	go func() { p.ended <- s.run(ctx) }()
	t.Cleanup(p.end)
	return p
}

// end stops the server, and checks that no connection remains and each failure was logged once.
func (p *program) end() {
	p.terminate()
	testbed.Ends(p.t, "the server", func() {
		if err := <-p.ended; err != nil {
			p.t.Error(err)
		}
	})
	testbed.Eventually(p.t, "no connection of the server", func() bool { return p.connections() == 0 })
	if got := len(p.failures()); got != p.expectedLines {
		p.t.Errorf("%d lines of failures in the log, want %d:\n%s", got, p.expectedLines, p.log)
	}
}
