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
	// since is the major version of libpq that came to know what is used here. An older psql must refuse it, and the
	// library is compared with want.
	since int
	// differs says why the library does something else than psql here. Then want is what the library does.
	differs string
	want    verdict
}

// verdict is what the library is to do where psql is no judge.
type verdict int

const (
	letIn verdict = iota
	refusesIt
)

// session is what the server says of one. Refused is the server's word, or empty where it did not come to that.
type session struct {
	In      bool
	Refused string
	Facts   map[string]any
}

// sessionFacts is a statement that asks for all that a connection string can change and a server can see.
const sessionFacts = `SELECT json_build_object('user', session_user, 'database', current_database(),
'application_name', current_setting('application_name'), 'work_mem', current_setting('work_mem'),
'search_path', current_setting('search_path'), 'TimeZone', current_setting('TimeZone'),
'DateStyle', current_setting('DateStyle'), 'geqo', current_setting('geqo'),
'client_encoding', current_setting('client_encoding'), 'read_only', current_setting('default_transaction_read_only'),
'tls', (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
'certificate', (SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
'socket', inet_server_addr() IS NULL) AS data`

// TestConnectsLikePsql gives the same connection strings and environments to psql and to the library: both are let in,
// or refused, alike, as the same user, to the same database, with the same settings. What differs stands in
// differentialCases, with its reason.
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
		t.Run(strconv.Itoa(i), func(t *testing.T) { ours[i] = librarySession(t, tt) }) // the environment ends with it
	}
	running.Wait()
	differences := 0
	for i, tt := range cases {
		diff := cmp.Diff(theirs[i], ours[i])
		switch {
		case tt.since > version:
			if theirs[i].In {
				t.Errorf("%s %q: psql %d is said not to know this", tt.dsn, tt.env, version)
			}
			fallthrough
		case tt.differs != "":
			if ours[i].In != (tt.want == letIn) {
				t.Errorf("%s %q: %+v", tt.dsn, tt.env, ours[i])
			}
			if tt.differs != "" && diff == "" {
				t.Errorf("%s %q does not differ, although it is said: %s", tt.dsn, tt.env, tt.differs)
			}
			differences++
		case diff != "":
			t.Errorf("%s %q (-psql +library):\n%s", tt.dsn, tt.env, diff)
		}
	}
	t.Logf("%d cases, %d of which psql %d is not the judge", len(cases), differences, version)
}

// findPsql is psql itself, rather than the script that Debian puts before it.
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

// clearEnvironment lets neither side see what the machine sets.
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

// psqlSession is what becomes of a case in psql.
func psqlSession(t testing.TB, psql string, tt connectCase) session {
	ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
	defer stop()
	cmd := exec.CommandContext(ctx, psql, "-X", "-w", "-t", "-A", "-d", tt.dsn, "-c", sessionFacts)
	home := os.Getenv("HOME")
	cmd.Env = append([]string{"LC_ALL=C", "PATH=" + os.Getenv("PATH"), "HOME=" + home, "PGCONNECT_TIMEOUT=20"}, tt.env...)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		// Each attempt has its message; the last one is what ours has too.
		_, refused := cutLast(messages.String(), "FATAL:  ")
		refused, _, _ = strings.Cut(refused, "\n")
		return session{Refused: refused}
	}
	s := session{In: true}
	if err := json.Unmarshal(out.Bytes(), &s.Facts); err != nil {
		t.Errorf("%s %q: psql says %q", tt.dsn, tt.env, out.Bytes())
	}
	if s.Facts["application_name"] == "psql" {
		s.Facts["application_name"] = "" // its own fallback_application_name
	}
	if s.Facts["client_encoding"] == "UNICODE" {
		s.Facts["client_encoding"] = "UTF8" // the server keeps this one alias as it was written
	}
	return s
}

// librarySession is what becomes of a case in the library, in the environment of this process.
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
	defer c.Close(ctx) // what it says has been read
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

// lastRefusal is the message of the last server error in the tree of err, if that is a FATAL one.
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

// differentialPlaces are the server's facts, and files, by the names that cases have for them.
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
	// Copies: the key must belong to who uses it.
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

// inPlace puts the facts into a text.
func inPlace(places map[string]string, text string) string {
	for name, value := range places {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
		text = strings.ReplaceAll(text, "{"+name+"%}", url.QueryEscape(value))
	}
	return text
}
