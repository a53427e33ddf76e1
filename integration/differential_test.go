package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// connectCase is a connection string and an environment, with the server's facts in braces: see differentialPlaces.
type connectCase struct {
	dsn string
	env []string // NAME=value; nothing else of PG* is set
	// since is the major version of libpq that introduced what is used here. An older psql must refuse it, and the
	// library is compared with want.
	since int
	// differs says why the library differs from psql here. Then want is what the library does.
	differs string
	want    verdict
}

// verdict is what the library must do if psql is not the reference.
type verdict int

const (
	letIn verdict = iota
	refusesIt
)

// session is what the server reports about a session. Refused is the server's error, or empty if there was none.
type session struct {
	In      bool
	Refused string
	Facts   map[string]any
}

// sessionFacts is a statement that returns everything that a connection string can change and a server can see.
const sessionFacts = `SELECT json_build_object('user', session_user, 'database', current_database(),
'application_name', current_setting('application_name'), 'work_mem', current_setting('work_mem'),
'search_path', current_setting('search_path'), 'TimeZone', current_setting('TimeZone'),
'DateStyle', current_setting('DateStyle'), 'geqo', current_setting('geqo'),
'client_encoding', current_setting('client_encoding'), 'read_only', current_setting('default_transaction_read_only'),
'tls', (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
'certificate', (SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
'socket', inet_server_addr() IS NULL) AS data`

// TestConnectsLikePsql gives the same connection strings and environments to psql and to the library: both must be
// accepted or refused alike, as the same user, to the same database, with the same settings. The cases that differ are
// in differentialCases, with their reasons.
func TestConnectsLikePsql(t *testing.T) {
	psql, version := findPsql(t)
	server := testbed.OwnServers(t)[0]
	makeBlankRoles(t, server.URL)
	places := differentialPlaces(t, server)
	clearEnvironment(t)
	cases := differentialCases(places)
	theirs := make([]session, len(cases))
	var running sync.WaitGroup
	tokens := make(chan struct{}, 4)
	for i, tt := range cases {
		running.Go(func() {
			tokens <- struct{}{}
			theirs[i] = psqlSession(t, psql, tt)
			<-tokens
		})
	}
	ours := make([]session, len(cases))
	for i, tt := range cases {
		t.Run(strconv.Itoa(i), func(t *testing.T) { ours[i] = librarySession(t, tt) }) // restores its environment
	}
	running.Wait()
	differences := 0
	for i, tt := range cases {
		diff := cmp.Diff(theirs[i], ours[i])
		switch {
		case tt.since > version:
			if theirs[i].In {
				t.Errorf("%s %q: psql %d is expected not to support this", tt.dsn, tt.env, version)
			}
			fallthrough
		case tt.differs != "":
			if ours[i].In != (tt.want == letIn) {
				t.Errorf("%s %q: %+v", tt.dsn, tt.env, ours[i])
			}
			if tt.differs != "" && diff == "" {
				t.Errorf("%s %q does not differ, although it is expected to: %s", tt.dsn, tt.env, tt.differs)
			}
			differences++
		case diff != "":
			t.Errorf("%s %q (-psql +library):\n%s", tt.dsn, tt.env, diff)
		}
	}
	t.Logf("%d cases; for %d of them psql %d is not the reference", len(cases), differences, version)
}

// findPsql returns psql itself, rather than Debian's wrapper script.
func findPsql(t testing.TB) (path string, version int) {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/psql")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		path, err := exec.LookPath("psql")
		if err != nil {
			testbed.Cannot(t, "needs psql: apt-get install postgresql-client")
		}
		found = append(found, path)
	}
	path = found[len(found)-1]
	out, err := exec.Command(path, "--version").Output()
	number := regexp.MustCompile(`\(PostgreSQL\) (\d+)`).FindSubmatch(out)
	if err != nil || number == nil {
		t.Fatalf("%s --version: %v: %s", path, err, out)
	}
	version, err = strconv.Atoi(string(number[1]))
	if err != nil {
		t.Fatal(err)
	}
	return path, version
}

// clearEnvironment removes the machine's settings for both sides.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PG") {
			t.Setenv(name, "") // restores it at the end
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("HOME", t.TempDir())
}

// psqlSession returns the result of a case with psql.
func psqlSession(t testing.TB, psql string, tt connectCase) session {
	ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
	defer stop()
	cmd := exec.CommandContext(ctx, psql, "-X", "-w", "-t", "-A", "-d", tt.dsn, "-c", sessionFacts)
	home := os.Getenv("HOME")
	cmd.Env = append([]string{"LC_ALL=C", "PATH=" + os.Getenv("PATH"), "HOME=" + home, "PGCONNECT_TIMEOUT=20"}, tt.env...)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		// Each attempt has its own message; the last one corresponds to ours.
		_, refused := cutLast(messages.String(), "FATAL:  ")
		refused, _, _ = strings.Cut(refused, "\n")
		return session{Refused: refused}
	}
	s := session{In: true}
	if err := json.Unmarshal(out.Bytes(), &s.Facts); err != nil {
		t.Errorf("%s %q: psql prints %q", tt.dsn, tt.env, out.Bytes())
	}
	if s.Facts["application_name"] == "psql" {
		s.Facts["application_name"] = "" // its own fallback_application_name
	}
	if s.Facts["client_encoding"] == "UNICODE" {
		s.Facts["client_encoding"] = "UTF8" // the server keeps this one alias as it was written
	}
	return s
}

// librarySession returns the result of a case with the library, in the environment of this process.
func librarySession(t *testing.T, tt connectCase) session {
	for _, entry := range tt.env {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	ctx, stop := context.WithTimeout(t.Context(), testbed.Patience)
	defer stop()
	c, err := conn.Connect(ctx, tt.dsn)
	if err != nil {
		return session{Refused: lastRefusal(err)}
	}
	defer c.Close(ctx) // its result has been read
	s, err := c.Query(ctx, sessionFacts)
	if err != nil {
		t.Errorf("%s %q: %v", tt.dsn, tt.env, err)
		return session{}
	}
	all, err := stream.Collect[map[string]any](s)
	if err != nil || len(all) != 1 {
		t.Errorf("%s %q: %v, %v", tt.dsn, tt.env, all, err)
		return session{}
	}
	return session{In: true, Facts: all[0]}
}

// lastRefusal returns the message of the last server error in the tree of err, if that is a FATAL one.
func lastRefusal(err error) string {
	if many, ok := err.(interface{ Unwrap() []error }); ok { // the tree itself is walked
		last := ""
		for _, one := range many.Unwrap() {
			if text := lastRefusal(one); text != "" {
				last = text
			}
		}
		return last
	}
	if refused, ok := err.(*werr.ServerError); ok { // as above
		return refused.Message
	}
	if inner := errors.Unwrap(err); inner != nil {
		return lastRefusal(inner)
	}
	return ""
}

func cutLast(s, sep string) (before, after string) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+len(sep):]
}

// differentialPlaces returns the server's facts and files, by the names used in the cases.
func differentialPlaces(t *testing.T, s *pgserver.Server) map[string]string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, closed, err := net.SplitHostPort(l.Addr().String())
	if err = errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	places := map[string]string{"dir": dir, "host": u.Hostname(), "port": u.Port(), "closed": closed, "socket": ""}
	if s.SocketURL != "" {
		socket, err := url.Parse(s.SocketURL)
		if err != nil {
			t.Fatal(err)
		}
		places["socket"] = socket.Query().Get("host")
	}
	// Copies, because the key must belong to the user who runs the tests.
	for _, file := range []string{"ca.crt", "other-ca.crt", "client-wire_cert.crt", "client-wire_cert.key"} {
		text, err := os.ReadFile(filepath.Join(s.CertDir, file))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	writeAuthorities(t, dir)
	for name, file := range differentialFiles {
		text := inPlace(places, file.text)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), file.mode); err != nil {
			t.Fatal(err)
		}
	}
	return places
}

// inPlace fills the facts into a text.
func inPlace(places map[string]string, text string) string {
	for name, value := range places {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
		text = strings.ReplaceAll(text, "{"+name+"%}", url.QueryEscape(value))
	}
	return text
}
