package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

func TestCommandSelects(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		c := testbed.Connect(t, s.DSN())
		schema := querySchema(t, c, "wire_query_command")
		testbed.Execute(t, c, "CREATE TABLE "+schema+`.v AS SELECT jsonb_build_object('id', g, 'age', g * 2, 'm', jsonb_build_object('n', g, 'o', 1))
			AS data FROM generate_series(1, 12) g`)
		for _, tt := range []struct {
			flags []string
			want  string
		}{
			{[]string{"--where", `{"age":{"gte":18}}`, "--as", "id=numeric", "--order", `[{"id":"ASC"}]`, "--limit", "2", "--fields", "id,m.n"},
				"{\"m\": {\"n\": 9}, \"id\": 9}\n{\"m\": {\"n\": 10}, \"id\": 10}\n"},
			{[]string{"--where", `{"m":{"n":{"in":[3]}}}`, "--fields", "id"}, "{\"id\": 3}\n"},
			{[]string{"--where", `{"id":{"eq":"3"}}`}, ""},
		} {
			args := append([]string{"stream", "--from", schema + ".v"}, tt.flags...)
			if out, log := testbed.NewCommand(t, s.DSN(), args...).Output(t, 0); out != tt.want || log != "" {
				t.Errorf("%v: %q, want %q; standard error %q", tt.flags, out, tt.want, log)
			}
		}
	})
}

// An export whose connection is lost continues by itself, and one that was stopped continues with the same command.
func TestCommandResumes(t *testing.T) {
	t.Parallel()
	const rows = 300_000
	c := testbed.Connect(t, testbed.DSN(t))
	schema := querySchema(t, c, "wire_query_resume")
	numberedView(t, c, schema, rows)
	dsn, application := testbed.NamedApplication(t, testbed.DSN(t))
	place := filepath.Join(t.TempDir(), "place")
	args := []string{"stream", "--from", schema + ".v", "--as", "id=numeric", "--order", `{"id":"ASC"}`, "--resume", place}
	p := testbed.NewCommand(t, dsn, args...).Start(t)
	next := 1
	take := func(line string) {
		t.Helper()
		if want := fmt.Sprintf("{\"id\": %d}\n", next); line != want {
			t.Fatalf("row %q, want %q", line, want)
		}
		next++
	}
	for range 1000 {
		take(p.Line(t))
	}
	killed := testbed.Ask(t, c, "SELECT to_json(count(pg_terminate_backend(pid))) AS data FROM pg_stat_activity WHERE application_name = $1", application)
	if killed != "1" {
		t.Fatalf("%s connections were ended", killed)
	}
	for range 200_000 {
		take(p.Line(t))
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for {
		line, err := p.Out.ReadString('\n')
		if err != nil {
			if line != "" {
				t.Errorf("half a row: %q", line)
			}
			break
		}
		take(line)
	}
	p.Exits(t, 143)
	if next > rows {
		t.Fatal("the export ended before it could be stopped")
	}
	if _, err := os.Stat(place); err != nil {
		t.Fatal(err)
	}
	out, _ := testbed.NewCommand(t, dsn, args...).Output(t, 0)
	for line := range strings.Lines(out) {
		take(line)
	}
	if next != rows+1 {
		t.Errorf("%d rows, want %d", next-1, rows)
	}
	if _, err := os.Stat(place); !os.IsNotExist(err) {
		t.Errorf("the place of a complete export was not removed: %v", err)
	}
}
