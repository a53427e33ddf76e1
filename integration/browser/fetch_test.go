package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// padded returns a statement for rows {"id": 1, "pad": "..."} larger than the 8 KB that a server buffers before it
// sends.
func padded(rows int) string {
	return fmt.Sprintf("SELECT jsonb_build_object('id', g, 'pad', repeat('x', 9000)) AS data "+
		"FROM (SELECT generate_series(1, %d) AS g) AS s", rows)
}

// A script shows the first rows before the server has produced the last ones.
func TestFetchShowsRowsAsTheyCome(t *testing.T) {
	t.Parallel()
	tab, p := newTab(t), newPool(t, nil)
	barrier := testbed.Observe(t, testbed.DSN(t)).Raise()
	visit(t, tab, newSite(t, page(t, "rows.html", func(w http.ResponseWriter, r *http.Request) {
		s, err := p.Query(r.Context(), padded(5)+barrier.Behind(3))
		if err != nil {
			httpstream.Error(w, r, err, httpstream.Options{})
			return
		}
		if err := httpstream.Serve(w, r, s, httpstream.Options{}); err != nil {
			t.Error(err)
		}
	})))
	waitFor(t, tab, "document.querySelectorAll('li').length >= 2") // the server holds back a part of the third
	if text := evaluate[string](t, tab, "document.body.innerText"); !strings.Contains(text, "reading") {
		t.Errorf("rows that are held back were shown: %q", text)
	}
	barrier.Open()
	waitFor(t, tab, "document.querySelector('p').textContent !== 'reading'")
	if got := evaluate[string](t, tab, "document.body.innerText.replace(/\\s+/g, ' ').trim()"); got != "1 2 3 4 5 whole" {
		t.Errorf("the page shows %q", got)
	}
}

// A partial response does not look like a complete one.
func TestFetchSeesABrokenAnswer(t *testing.T) {
	t.Parallel()
	tab, p := newTab(t), newPool(t, nil)
	const sql = "SELECT jsonb_build_object('id', 1 / (3 - g), 'pad', repeat('x', 9000)) AS data FROM (SELECT generate_series(1, 3) AS g) AS s"
	for name, tt := range map[string]struct {
		o    httpstream.Options
		want string
	}{
		"broken off": {httpstream.Options{}, "broken: network error"},
		"told":       {httpstream.Options{OnFailure: httpstream.Tell}, "broken: Bad Request"},
	} {
		visit(t, tab, newSite(t, page(t, "rows.html", func(w http.ResponseWriter, r *http.Request) {
			s, err := p.Query(r.Context(), sql)
			if err != nil {
				httpstream.Error(w, r, err, tt.o)
				return
			}
			httpstream.Serve(w, r, s, tt.o) // the browser receives an error
		})))
		waitFor(t, tab, "document.querySelector('p').textContent !== 'reading'")
		if got := evaluate[string](t, tab, "document.querySelector('p').textContent"); got != tt.want {
			t.Errorf("%s: the page shows %q, want %q", name, got, tt.want)
		}
	}
}
