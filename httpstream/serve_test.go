package httpstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// client is a ResponseWriter that records what was written, with a mark for each flush.
type client struct {
	*httptest.ResponseRecorder
	mu        sync.Mutex
	deadlines []time.Time
	fail      error // returned by later writes
}

func newClient() *client { return &client{ResponseRecorder: httptest.NewRecorder()} }

func (c *client) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return 0, c.fail
	}
	return c.ResponseRecorder.Write(p)
}

func (c *client) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail == nil {
		c.Body.WriteString("|")
	}
}

func (c *client) SetWriteDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return nil
}

// take returns what was written since the last call.
func (c *client) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.Body.Reset()
	return c.Body.String()
}

func (c *client) goAway(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = err
}

// unflushed returns the body without the marks.
func (c *client) unflushed() string { return strings.ReplaceAll(c.Body.String(), "|", "") }

// brokenOff reports whether the response was aborted.
func (c *client) brokenOff() bool { return len(c.deadlines) > 0 }

func cursor(row json.RawMessage) (string, error) {
	if len(row) > 1<<10 {
		return "", errors.New("no cursor for a long row")
	}
	return "c" + strings.Trim(string(row), "{}"), nil
}

var errServer = &werr.ServerError{Severity: "ERROR", Code: "22012", Message: "division by zero"}

const problem = `{"title":"Bad Request","status":400,"detail":"division by zero","category":"server","code":"22012"}`

func TestServeBody(t *testing.T) {
	some := []string{"{1}", "<null>", "[2,\r\n3]"}
	tests := []struct {
		name      string
		o         httpstream.Options
		rows      []string
		err       error
		want      string
		brokenOff bool
	}{
		{"NDJSON", httpstream.Options{Format: httpstream.NDJSON}, some, nil, "{1}\nnull\n[2,  3]\n", false},
		{"NDJSON, empty", httpstream.Options{Format: httpstream.NDJSON}, nil, nil, "", false},
		{"array", httpstream.Options{Format: httpstream.Array}, some, nil, "[{1},null,[2,\r\n3]]\n", false},
		{"array, empty", httpstream.Options{Format: httpstream.Array}, nil, nil, "[]\n", false},
		{"SSE", httpstream.Options{Format: httpstream.SSE}, some, nil,
			"data: {1}\n\ndata: null\n\ndata: [2,  3]\n\nevent: end\ndata: {\"rows\":3}\n\n", false},
		{"SSE, cursors", httpstream.Options{Format: httpstream.SSE, Cursor: cursor}, some, nil,
			"id: c1\ndata: {1}\n\nid: c\ndata: null\n\nid: c[2,  3]\ndata: [2,  3]\n\nevent: end\ndata: {\"rows\":3}\n\n", false},
		{"SSE, empty", httpstream.Options{Format: httpstream.SSE}, nil, nil, "event: end\ndata: {\"rows\":0}\n\n", false},

		{"NDJSON, more", httpstream.Options{Format: httpstream.NDJSON, MaxRows: 2}, some, nil, "{1}\nnull\n", false},
		{"NDJSON, as many", httpstream.Options{Format: httpstream.NDJSON, MaxRows: 3}, some, nil, "{1}\nnull\n[2,  3]\n", false},
		{"array, more", httpstream.Options{Format: httpstream.Array, MaxRows: 1}, some, nil, "[{1}]\n", false},
		{"SSE, more", httpstream.Options{Format: httpstream.SSE, MaxRows: 1}, some, nil,
			"data: {1}\n\nevent: has-more\ndata: {\"rows\":1}\n\n", false},

		{"NDJSON, abort", httpstream.Options{Format: httpstream.NDJSON}, some, errServer, "{1}\nnull\n[2,  3]\n", true},
		{"array, abort", httpstream.Options{Format: httpstream.Array}, some, errServer, "[{1},null,[2,\r\n3]", true},
		{"SSE, abort", httpstream.Options{Format: httpstream.SSE}, some[:1], errServer, "data: {1}\n\n", true},
		{"NDJSON, tell", httpstream.Options{Format: httpstream.NDJSON, OnFailure: httpstream.Tell}, some[:1], errServer,
			"{1}\n{\"error\":" + problem + "}\n", false},
		{"array, tell", httpstream.Options{Format: httpstream.Array, OnFailure: httpstream.Tell}, some[:1], errServer, "[{1}", true},
		{"SSE, tell", httpstream.Options{Format: httpstream.SSE, OnFailure: httpstream.Tell}, some[:1], errServer,
			"data: {1}\n\nevent: error\ndata: " + problem + "\n\n", false},
		{"SSE, no cursor", httpstream.Options{Format: httpstream.SSE, Cursor: cursor}, []string{"{1}", strings.Repeat("x", 2000)}, nil,
			"id: c1\ndata: {1}\n\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, s := fixed(t, "JSON", tt.rows, tt.err)
			w := newClient()
			err := httpstream.Serve(w, httptest.NewRequest("GET", "/", nil), s, tt.o)
			if tt.err != nil && !errors.Is(err, tt.err) || tt.err == nil && !tt.brokenOff && err != nil {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, w.unflushed()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if w.Code != http.StatusOK || w.brokenOff() != tt.brokenOff {
				t.Errorf("status %d, broken off: %v, want %v", w.Code, w.brokenOff(), tt.brokenOff)
			}
			if s.State() == stream.Active {
				t.Error("the stream has not ended")
			}
		})
	}
}

// A long row is written without being copied, unless it may have line breaks; then it is copied in pieces.
func TestServeLongRows(t *testing.T) {
	long := `["` + strings.Repeat("x", 100_000) + "\",\n1]"
	for columnType, want := range map[string]string{"JSONB": "1\n" + long + "\n2\n", "JSON": "1\n" + strings.ReplaceAll(long, "\n", " ") + "\n2\n"} {
		_, s := fixed(t, columnType, []string{"1", long, "2"}, nil)
		w := newClient()
		if err := httpstream.Serve(w, httptest.NewRequest("GET", "/", nil), s, httpstream.Options{}); err != nil {
			t.Error(err)
		}
		if got := w.unflushed(); got != want {
			t.Errorf("%s: %d bytes that end with %q, want %d", columnType, len(got), got[len(got)-10:], len(want))
		}
	}
}

func TestServeBeforeTheFirstRow(t *testing.T) {
	_, s := fixed(t, "JSONB", nil, errServer)
	w := newClient()
	if err := httpstream.Serve(w, httptest.NewRequest("GET", "/", nil), s, httpstream.Options{}); !errors.Is(err, errServer) {
		t.Error(err)
	}
	if diff := cmp.Diff(problem, w.Body.String()); w.Code != 400 || diff != "" || w.brokenOff() {
		t.Errorf("status %d (-want +got):\n%s", w.Code, diff)
	}
}

func TestServeNotAcceptable(t *testing.T) {
	src, s := newSource(t, "JSONB")
	w, r := newClient(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept", "image/png")
	err := httpstream.Serve(w, r, s, httpstream.Options{})
	if httpstream.StatusOf(err) != http.StatusNotAcceptable || w.Code != http.StatusNotAcceptable || w.Header().Get("Vary") != "Accept" {
		t.Errorf("%v; status %d, header %v", err, w.Code, w.Header())
	}
	if !src.stopped {
		t.Error("the query has not ended")
	}
}

func TestServeHead(t *testing.T) {
	src, s := newSource(t, "JSONB")
	src.batches <- []string{"1"}
	w := newClient()
	if err := httpstream.Serve(w, httptest.NewRequest("HEAD", "/", nil), s, httpstream.Options{Format: httpstream.Array}); err != nil {
		t.Error(err)
	}
	if w.Code != http.StatusOK || w.Body.Len() > 0 || w.Header().Get("Content-Type") != "application/json" || !src.stopped {
		t.Errorf("status %d, %q, header %v; stopped: %v", w.Code, w.Body, w.Header(), src.stopped)
	}
}

// plain is a ResponseWriter without further methods, and without Unwrap.
type plain struct{ http.ResponseWriter }

func TestServePanicsIfItCannotAbort(t *testing.T) {
	src, s := fixed(t, "JSONB", []string{"1"}, errServer)
	w := newClient()
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("panic %v", got)
		}
		if w.Body.String() != "1\n" || s.State() != stream.Failed {
			t.Errorf("%q, the stream is %v", w.Body, s.State())
		}
		_ = src
	}()
	_ = httpstream.Serve(plain{w}, httptest.NewRequest("GET", "/", nil), s, httpstream.Options{})
}

// serveInBubble starts Serve in a goroutine and waits until it blocks. wait waits for its end and returns its error.
func serveInBubble(w http.ResponseWriter, r *http.Request, s *stream.Stream, o httpstream.Options) (wait func() error) {
	served := make(chan error, 1)
	go func() { served <- httpstream.Serve(w, r, s, o) }()
	synctest.Wait()
	return func() error { return <-served }
}

// While the server sends nothing, a comment is sent every 15 seconds, and none once a row has arrived.
func TestServeKeepsEventsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, s := newSource(t, "JSONB")
		w := newClient()
		src.batches <- []string{"1"}
		wait := serveInBubble(w, httptest.NewRequest("GET", "/", nil), s, httpstream.Options{Format: httpstream.SSE})
		check := func(what, want string) {
			t.Helper()
			synctest.Wait()
			if diff := cmp.Diff(want, w.take()); diff != "" {
				t.Errorf("%s, with | for a flush (-want +got):\n%s", what, diff)
			}
		}
		check("at first", "data: 1\n\n|")
		time.Sleep(15*time.Second - 1)
		check("before 15 seconds", "")
		time.Sleep(time.Nanosecond)
		check("after 15 seconds", ":\n\n|")
		time.Sleep(30 * time.Second)
		check("after 45 seconds", ":\n\n|:\n\n|")
		time.Sleep(14 * time.Second)
		src.batches <- []string{"2"}
		check("behind a row", "data: 2\n\n|")
		time.Sleep(15*time.Second - 1)
		check("15 seconds from the row", "")
		close(src.batches)
		if err := wait(); err != nil {
			t.Error(err)
		}
		check("at the end", "event: end\ndata: {\"rows\":2}\n\n|")
		time.Sleep(time.Minute)
		check("afterwards", "")
	})
}

// A comment that cannot be written ends the query, although the server sends nothing and the context has not ended.
func TestServeEndsWhenAKeepAliveFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, s := newSource(t, "JSONB")
		w := newClient()
		src.batches <- []string{"1"}
		wait := serveInBubble(w, httptest.NewRequest("GET", "/", nil), s, httpstream.Options{Format: httpstream.SSE})
		gone := errors.New("broken pipe")
		w.goAway(gone)
		if err := wait(); !errors.Is(err, gone) || !errors.Is(err, httpstream.ErrClient) {
			t.Error(err)
		}
		if !src.stopped || !w.brokenOff() {
			t.Errorf("stopped: %v, broken off: %v", src.stopped, w.brokenOff())
		}
	})
}

// The end of a request's context ends a stream even if it was not made with that context. A client that is still
// connected gets the error.
func TestServeContext(t *testing.T) {
	for name, tt := range map[string]struct {
		rows   []string
		want   error
		status int
	}{
		"cancelled before the first row": {nil, context.Canceled, 500},
		"cancelled behind it":            {[]string{"1"}, context.Canceled, 200},
		"late before the first row":      {nil, context.DeadlineExceeded, 504},
		"late behind it":                 {[]string{"1"}, context.DeadlineExceeded, 200},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src, s := newSource(t, "JSONB")
				w := newClient()
				if tt.rows != nil {
					src.batches <- tt.rows
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				wait := serveInBubble(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx), s, httpstream.Options{})
				if tt.want == context.Canceled {
					cancel()
				}
				if err := wait(); !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
				if w.Code != tt.status || w.brokenOff() != (tt.rows != nil) || !src.stopped {
					t.Errorf("status %d, broken off: %v, stopped: %v", w.Code, w.brokenOff(), src.stopped)
				}
			})
		})
	}
}

// If MaxRows has cut the result off, the trailer has the cursor for the next page.
func TestServeNextCursor(t *testing.T) {
	rows := []string{"{1}", "{2}", "{3}"}
	tests := []struct {
		name    string
		maxRows uint64
		rows    []string
		want    string // of the trailer
	}{
		{"more rows", 2, rows, "c2"},
		{"just as many", 3, rows, ""},
		{"fewer rows", 4, rows, ""},
		{"no bound", 0, rows, ""},
		{"no rows", 2, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, format := range []httpstream.Format{httpstream.NDJSON, httpstream.Array, httpstream.SSE} {
				_, s := fixed(t, "JSONB", tt.rows, nil)
				w := newClient()
				o := httpstream.Options{Format: format, MaxRows: tt.maxRows, Cursor: cursor}
				if err := httpstream.Serve(w, httptest.NewRequest("GET", "/", nil), s, o); err != nil {
					t.Error(err)
				}
				if got := w.Result().Trailer.Get("X-Next-Cursor"); got != tt.want {
					t.Errorf("%v: %q, want %q", format, got, tt.want)
				}
			}
		})
	}
}

// If the cursor fails, so does the response: without it the client could not go on.
func TestServeNextCursorFails(t *testing.T) {
	_, s := fixed(t, "JSONB", []string{strings.Repeat("x", 2000), "{2}"}, nil)
	w := newClient()
	err := httpstream.Serve(w, httptest.NewRequest("GET", "/", nil), s,
		httpstream.Options{Format: httpstream.NDJSON, MaxRows: 1, Cursor: cursor})
	if err == nil || !w.brokenOff() {
		t.Errorf("%v, broken off: %v", err, w.brokenOff())
	}
}

// A client that disconnects before the last flush has not received the response.
func TestServeClientGoesAtTheEnd(t *testing.T) {
	_, s := fixed(t, "JSONB", []string{"1"}, nil)
	w := newClient()
	gone := errors.New("gone")
	w.goAway(gone)
	err := httpstream.Serve(w, httptest.NewRequest("GET", "/", nil), s, httpstream.Options{})
	if !errors.Is(err, gone) || !errors.Is(err, httpstream.ErrClient) {
		t.Error(err)
	}
}
