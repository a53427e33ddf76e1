package integration_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// mixed returns a statement for n rows with many sizes and characters: most small, some larger than a write of the
// server, a few larger than a read buffer. A json keeps its spaces and line breaks.
func mixed(n int, typ string) string {
	return fmt.Sprintf(`SELECT (' {"n" : ' || g || E',\n "text": "ä€😀 \\u00e9 \\" \\\\", "pad":"' || `+
		`repeat('x', CASE WHEN g %% 30000 = 0 THEN 300000 WHEN g %% 500 = 0 THEN 9000 ELSE g %% 1000 * 7919 %% 50 END) || `+
		`'", "null":null, "r":' || g / 7.0 || '}')::%s AS data FROM (SELECT generate_series(1, %d) AS g) s`, typ, n)
}

// sum is a row count and the MD5 of the rows, each followed by a line break.
type sum struct {
	rows int
	md5  string
}

func sumOf(t testing.TB, s *stream.Stream) sum {
	t.Helper()
	h, n := md5.New(), 0
	for s.Next() {
		n++
		_, _ = h.Write(s.Row()) // a hash never fails
		_, _ = h.Write([]byte{'\n'})
	}
	if err := s.Err(); err != nil {
		t.Fatalf("after %d rows: %v", n, err)
	}
	return sum{n, hex.EncodeToString(h.Sum(nil))}
}

// sumOnServer makes the server compute the same from the text form of the rows.
func sumOnServer(t testing.TB, dsn string, n int, typ string) sum {
	t.Helper()
	c := testbed.Connect(t, dsn)
	const hash = "SELECT to_json(md5(string_agg(data::text || E'\\n', ''))) AS data FROM "
	got := testbed.Rows(t, testbed.Query(t, c, hash+"("+mixed(n, typ)+") d"))
	return sum{n, strings.Trim(got[0], `"`)}
}

// Every byte of every row, in order: for each server, each route to it, each way of filling, each type.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testbed.RaceDetector {
		n = 10_000
	}
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		types := []string{"json", "jsonb"}
		want := []sum{sumOnServer(t, s.DSN(), n, types[0]), sumOnServer(t, s.DSN(), n, types[1])}
		for route, dsn := range testbed.Routes(t, s) {
			t.Run(route, func(t *testing.T) {
				testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
					c := testbed.Connect(t, dsn)
					for i, typ := range types {
						if got := sumOf(t, testbed.Query(t, c, mixed(n, typ), mode.Option())); got != want[i] {
							t.Errorf("%s: %+v, the server has %+v", typ, got, want[i])
						}
					}
					testbed.Usable(t, c, c.PID())
				})
			})
		}
	})
}

// The same compared with the output of psql, for a million rows.
func TestRowsAsPsqlPrintsThem(t *testing.T) {
	t.Parallel()
	n := 1_000_000
	if testbed.RaceDetector {
		n = 100_000
	}
	server := testbed.Servers(t)[0]
	sql := mixed(n, "json")
	printed := printedBy(t, testbed.Psql(t), server.DSN(), sql)
	c := testbed.Connect(t, server.DSN())
	if got := sumOf(t, testbed.Query(t, c, sql)); got.md5 != printed || got.rows != n {
		t.Errorf("%+v, want %d rows; psql prints %s", got, n, printed)
	}
}

// printedBy returns the MD5 of psql's output for a query, which is only rows. A cursor keeps its memory small.
func printedBy(t testing.TB, program, dsn, sql string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, dsn, "-X", "-A", "-t", "-q", "-v", "FETCH_COUNT=10000",
		"-c", "SET jit = off", "-f", "-")
	cmd.Stdin = strings.NewReader(sql + ";\n")
	var stderr bytes.Buffer
	h := md5.New()
	cmd.Stdout, cmd.Stderr = h, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("psql: %v: %s", err, &stderr)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// WriteTo also writes what psql prints, as long as no document contains a line break.
func TestWriteToWritesEveryByte(t *testing.T) {
	t.Parallel()
	const n = 100_000
	server := testbed.Servers(t)[0]
	c := testbed.Connect(t, server.DSN())
	h := md5.New()
	written, err := testbed.Query(t, c, mixed(n, "jsonb")).WriteTo(h)
	if err != nil || written == 0 {
		t.Fatalf("%d bytes, then %v", written, err)
	}
	want := sumOnServer(t, server.DSN(), n, "jsonb")
	if got := (sum{n, hex.EncodeToString(h.Sum(nil))}); got != want {
		t.Errorf("%+v, the server has %+v", got, want)
	}
}

// A writer that fails ends the query on the server.
func TestWriterThatFails(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	r, w := io.Pipe()
	go func() {
		_, _ = io.CopyN(io.Discard, r, 1<<20)
		_ = r.CloseWithError(errFull)
	}()
	s := testbed.Query(t, c, testbed.EndlessIntegers)
	if _, err := s.WriteTo(w); !errors.Is(err, errFull) {
		t.Errorf("WriteTo: %v, want %v", err, errFull)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	testbed.Usable(t, c, c.PID())
}

var errFull = errors.New("the disk is full")
