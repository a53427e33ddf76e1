package integration_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/inspect"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// inspected is the JSON of the page for one entity.
type inspected struct {
	ID       uint64
	SQL      string
	PID      uint32
	State    string
	WaitsFor string `json:"waits_for"`
	Rows     uint64
}

// ask sends a request to the page.
func ask(t *testing.T, method, address, accept, origin, body string) (status int, header http.Header, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(testbed.Context(t), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(all)
}

// find requests the page as JSON and returns the only stream of an entity.
func find(t *testing.T, address, entity string) (s inspected, running bool) {
	t.Helper()
	_, header, text := ask(t, http.MethodGet, address, "application/json", "", "")
	if header.Get("Content-Type") != "application/json" {
		t.Errorf("content type %q", header.Get("Content-Type"))
	}
	var all struct {
		Streams []struct {
			Entity string
			inspected
		}
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	for _, one := range all.Streams {
		if one.Entity == entity {
			return one.inspected, true
		}
	}
	return inspected{}, false
}

func TestInspectShowsWhatRuns(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), one)
	site := httptest.NewServer(inspect.Handler([]*pool.Pool{p}))
	defer site.Close()
	const secret = "an argument"
	s, err := p.QueryArgs(testbed.Context(t), testbed.Numbered(testbed.Endless, 100)+" WHERE $1::text <> ''", []any{secret},
		stream.WithEntity(p.Name()))
	if err != nil {
		t.Fatal(err)
	}
	testbed.Take(t, s, 0, 10)
	got, running := find(t, site.URL, p.Name())
	if !running || got.State != "active" || got.WaitsFor != "consumer" || got.PID == 0 || got.Rows != 10 || !strings.Contains(got.SQL, "$1::text") {
		t.Errorf("%+v, running %t", got, running)
	}
	if err := s.PauseWithReason("full"); err != nil {
		t.Fatal(err)
	}
	if got, _ := find(t, site.URL, p.Name()); got.WaitsFor != "pause" || got.State != "paused" {
		t.Errorf("paused: %+v", got)
	}
	status, header, page := ask(t, http.MethodGet, site.URL, "text/html,*/*", "", "")
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/html") || strings.Contains(page, p.Name()) {
		t.Errorf("the page: status %d, %v, contains the entity: %t", status, header, strings.Contains(page, p.Name()))
	}
	if _, _, text := ask(t, http.MethodGet, site.URL, "application/json", "", ""); strings.Contains(text, secret) {
		t.Errorf("an argument is shown: %s", text)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, running := find(t, site.URL, p.Name()); running {
		t.Error("the stream is shown after Close")
	}
	if status, header, _ := ask(t, http.MethodPost, site.URL, "*/*", site.URL, "id=1"); status != http.StatusMethodNotAllowed || header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", status, header.Get("Allow"))
	}
}

func TestInspectCancelsWhereAllowed(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), one)
	site := httptest.NewServer(inspect.Handler([]*pool.Pool{p}, inspect.AllowCancel()))
	defer site.Close()
	s := endlessStream(t, p)
	running, _ := find(t, site.URL, p.Name())
	form := url.Values{"id": {fmt.Sprint(running.ID)}}.Encode()
	if status, _, _ := ask(t, http.MethodPost, site.URL, "*/*", "https://elsewhere.example", form); status != http.StatusForbidden {
		t.Errorf("from another origin: %d", status)
	}
	if status, _, _ := ask(t, http.MethodPost, site.URL, "*/*", site.URL, "id=x"); status != http.StatusBadRequest {
		t.Errorf("a wrong number: %d", status)
	}
	if s.State() != stream.Active {
		t.Errorf("the stream is %v", s.State())
	}
	for range 2 { // the second time it has already ended, which is also a success
		if status, header, _ := ask(t, http.MethodPost, site.URL, "*/*", site.URL, form); status != http.StatusSeeOther || header.Get("Location") == "" {
			t.Errorf("cancel: %d, %v", status, header)
		}
	}
	for s.Next() {
	}
	testbed.CheckCategory(t, s.Err(), "cancelled")
}
