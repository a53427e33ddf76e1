package pgserver_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

func TestDatabaseURLIsTakenAsItIs(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://somebody@db.example/app")
	s, err := pgserver.Start(t.Context(), pgserver.Options{Version: "18"})
	if err != nil {
		t.Fatal(err)
	}
	if s.DSN() != "postgres://somebody@db.example/app" || s.Own() || s.SocketDSN() != "" {
		t.Errorf("found %+v", s)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopping a server that was only found: %v", err)
	}
}

func TestNothingFoundNamesEveryWay(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
	t.Setenv("PATH", t.TempDir())
	defer pgserver.SetProgramPlaces("/nonexistent/*")()
	_, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err == nil {
		t.Fatal("a server was found")
	}
	for _, way := range []string{"DATABASE_URL", "Docker", "PostgreSQL server", "apt-get install postgresql"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("the error does not name %q: %v", way, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %q", err)
	}
}

func TestServersPassThroughTheEnvironment(t *testing.T) {
	servers := []*pgserver.Server{
		{Name: "pg15", Version: "15", URL: "postgres://a"},
		{Name: "pg17", Version: "17", URL: "postgres://b", SocketURL: "postgres:///?host=/s", CertDir: "/c"},
	}
	env, err := pgserver.Environ(servers)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
		got[name] = value
	}
	if got["DATABASE_URL"] != "postgres://b" || got["PG15_URL"] != "postgres://a" || got["PG17_URL"] != "postgres://b" {
		t.Errorf("environment %v; 17 is to be DATABASE_URL", got)
	}
	back, err := pgserver.FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(t, servers), asJSON(t, back)); diff != "" {
		t.Errorf("servers (-sent +received):\n%s", diff)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMissing(t *testing.T) {
	servers := []*pgserver.Server{{Version: "17"}}
	if got := pgserver.Missing([]string{"15", "17", "18"}, servers); !cmp.Equal(got, []string{"15", "18"}) {
		t.Errorf("missing %v", got)
	}
}

func TestAsAnotherRole(t *testing.T) {
	s := &pgserver.Server{URL: "postgres://postgres:x@127.0.0.1:5432/postgres?sslmode=disable"}
	got, err := s.As("wire_tls", "sslmode", "verify-full")
	if err != nil {
		t.Fatal(err)
	}
	if want := "postgres://wire_tls:postgres@127.0.0.1:5432/postgres?sslmode=verify-full"; got != want {
		t.Errorf("As = %s, want %s", got, want)
	}
}
