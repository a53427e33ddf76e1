package browser_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// impatient makes the browser reconnect at once. By default it waits for seconds.
type impatient struct{ http.ResponseWriter }

func (w impatient) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w impatient) WriteHeader(status int) {
	w.ResponseWriter.WriteHeader(status)
	if status == http.StatusOK {
		io.WriteString(w, "retry: 1\n\n") // an error is reported by the next write too
	}
}

// page returns a handler that serves a file of testdata at "/", and the rows.
func page(t *testing.T, file string, rows http.HandlerFunc) http.Handler {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(text) // the browser would notice an error
	})
	mux.HandleFunc("GET /rows", rows)
	return mux
}

// numbered returns an ordered statement over rows {"id": 1} and so on, in a view that is dropped at the end of the
// test.
func numbered(t *testing.T, rows int) query.Select {
	t.Helper()
	c := testbed.Connect(t, testbed.DSN(t))
	schema := "wire_" + strings.ToLower(t.Name())
	testbed.Execute(t, c, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
	testbed.Execute(t, c, "CREATE SCHEMA "+schema)
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), testbed.Patience) // the test's own context has ended
		defer stop()
		if err := command.Exec(ctx, c, "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Errorf("schema %s was not dropped: %v", schema, err)
		}
	})
	testbed.Execute(t, c, fmt.Sprintf("CREATE TABLE %s.v AS SELECT jsonb_build_object('id', g) AS data FROM generate_series(1, %d) g",
		schema, rows))
	return query.From(schema + ".v").OrderBy(query.Field("id").As(query.Numeric).Asc().NotNull())
}

// serveRows responds with the rows after the last one that the browser has received.
func serveRows(t *testing.T, w http.ResponseWriter, r *http.Request, p *pool.Pool, q query.Select) error {
	t.Helper()
	o := httpstream.Options{Cursor: q.Cursor}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		q = q.After(last)
	}
	s, err := q.Run(r.Context(), p)
	if err != nil {
		httpstream.Error(w, r, err, o)
		return err
	}
	return httpstream.Serve(w, r, s, o)
}

// However often and wherever the connection is lost, the browser gets every row once and in order.
func TestEventSourceResumes(t *testing.T) {
	t.Parallel()
	const rows = 4000
	cuts := []int{ // bytes of a response that pass
		9_000, // in an event
		0, 1,  // in the status line
		300,    // in the headers, or after them
		20_000, // twice as long as the first
		40_001, 25_000, 12_345,
	}
	tab, p, q := newTab(t), newPool(t, nil), numbered(t, rows)
	var asked atomic.Int64
	visit(t, tab, newSite(t, page(t, "events.html", func(w http.ResponseWriter, r *http.Request) {
		n := int(asked.Add(1)) - 1
		if n < len(cuts) {
			cableOf(r).cutAfter(cuts[n], n%2 == 1)
		}
		if err := serveRows(t, impatient{w}, r, p, q); (err == nil) != (n >= len(cuts)) {
			t.Errorf("response %d: %v", n, err)
		}
	})))
	waitFor(t, tab, "told.length")
	want := make([]int, rows)
	for i := range want {
		want[i] = i + 1
	}
	if diff := cmp.Diff(want, evaluate[[]int](t, tab, "rows.map(row => row.id)")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := evaluate[string](t, tab, "told[0][0]"); got != "end" {
		t.Errorf("after the rows: %q", got)
	}
	if lost := evaluate[int](t, tab, "lost"); lost == 0 || int(asked.Load()) != len(cuts)+1 {
		t.Errorf("%d losses, %d requests", lost, asked.Load())
	}
}

// A script sees the reason why a stream of events ends early.
func TestEventSourceIsTold(t *testing.T) {
	t.Parallel()
	tab, p := newTab(t), newPool(t, nil)
	for name, tt := range map[string]struct {
		sql    string
		o      httpstream.Options
		rows   int
		what   string // in told[0][1]
		expect any
	}{
		"has-more": {testbed.Documents(10), httpstream.Options{MaxRows: 3}, 3, "rows", 3.0},
		"error": {"SELECT to_json(CASE WHEN g < 3 THEN repeat('x', 9000) ELSE (1 / (g - 3))::text END) AS data " +
			"FROM (SELECT generate_series(1, 3) AS g) AS g", httpstream.Options{OnFailure: httpstream.Tell}, 2, "code", "22012"},
		"end": {testbed.Documents(2), httpstream.Options{MaxRows: 2}, 2, "rows", 2.0},
	} {
		visit(t, tab, newSite(t, page(t, "events.html", func(w http.ResponseWriter, r *http.Request) {
			s, err := p.Query(r.Context(), tt.sql)
			if err != nil {
				httpstream.Error(w, r, err, tt.o)
				return
			}
			httpstream.Serve(w, r, s, tt.o) // the browser receives an error
		})))
		waitFor(t, tab, "told.length")
		if got := evaluate[string](t, tab, "told[0][0]"); got != name {
			t.Errorf("%s: the event was %q", name, got)
		}
		if got := evaluate[any](t, tab, "told[0][1]."+tt.what); got != tt.expect {
			t.Errorf("%s: %s is %v, want %v", name, tt.what, got, tt.expect)
		}
		if got := evaluate[int](t, tab, "rows.length"); got != tt.rows {
			t.Errorf("%s: %d rows, want %d", name, got, tt.rows)
		}
	}
}
