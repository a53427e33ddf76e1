package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	p := launch(t)
	ada, bruno := `{"id": 5, "city": "Ghent", "name": "Ada 5"}`, `{"id": 6, "city": "Lyon", "name": "Bruno 6"}`
	where := param("where", `{"id":{"in":[5,6]}}`, "order", `{"id":"ASC"}`)
	for _, tt := range []struct{ accept, contentType, want string }{
		{"", "application/x-ndjson", ada + "\n" + bruno + "\n"},
		{"application/jsonl", "application/x-ndjson", ada + "\n" + bruno + "\n"},
		{"application/json", "application/json", "[" + ada + "," + bruno + "]\n"},
		{"image/png, application/json;q=0.1", "application/json", "[" + ada + "," + bruno + "]\n"},
	} {
		answer := p.ask(request{path: "/customer", params: where, header: accept(tt.accept)})
		if diff := cmp.Diff(tt.want, strings.ReplaceAll(answer.body, ",\n", ",")); diff != "" || answer.StatusCode != 200 || answer.err != nil {
			t.Errorf("%s: %s, %v (-want +got):\n%s", tt.accept, answer.Status, answer.err, diff)
		}
		if got := answer.Header.Get("Content-Type"); got != tt.contentType || answer.Header.Get("Vary") != "Accept, Authorization" {
			t.Errorf("%s: Content-Type %q, header %v", tt.accept, got, answer.Header)
		}
	}
	head := p.ask(request{method: http.MethodHead, path: "/customer", params: where})
	if head.StatusCode != 200 || head.body != "" || head.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("HEAD: %s, %v, %q", head.Status, head.Header, head.body)
	}
	p.waitSettled()
}

func TestParameters(t *testing.T) {
	t.Parallel()
	p := launch(t)
	tests := []struct {
		name, path string
		params     []string
		want       []string
	}{
		{"a filter", "/customer", []string{"where", `{"name":{"eq":"Ada 5"}}`}, []string{`{"id": 5, "city": "Ghent", "name": "Ada 5"}`}},
		{"a filter over a relation", "/invoice", []string{"where", `{"customer":{"name":{"eq":"Ada 5"}},"amount":{"lt":100}}`, "fields", "id"},
			[]string{`{"id": 304}`}},
		{"an order, a limit and fields", "/invoice",
			[]string{"order", `[{"amount":"DESC"}]`, "limit", "2", "fields", "id,customer.name,amount"}, []string{
				`{"id": 5531, "amount": 999.89, "customer": {"name": "Chloe 132"}}`,
				`{"id": 4988, "amount": 999.72, "customer": {"name": "Emma 189"}}`}},
		{"the last key of the order is in the fields", "/customer", []string{"limit", "1", "fields", "city"},
			[]string{`{"id": 1, "city": "Turin"}`}},
		{"an order by the key", "/customer", []string{"order", `{"id":"DESC"}`, "limit", "1", "fields", "id"},
			[]string{`{"id": 200}`}},
		{"a value that is SQL", "/customer", []string{"where", `{"name":{"eq":"x' OR true --"}}`}, []string{""}},
	}
	for _, tt := range tests {
		got := p.rows(request{path: tt.path, params: param(tt.params...)})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The trailer of each page leads to the next one, and all pages together are the whole result, in its order.
func TestPages(t *testing.T) {
	t.Parallel()
	p := launch(t)
	asked := []string{"order", `[{"status":"DESC"},{"amount":"ASC"}]`, "fields", "customer.name", "where", `{"id":{"lte":600}}`}
	whole := p.rows(request{params: param(asked...)})
	var pages []string
	for cursor, more := "", true; more; {
		params := param(append(asked, "limit", "90")...)
		if cursor != "" {
			params.Set("after", cursor)
		}
		answer := p.ask(request{params: params})
		pages = append(pages, strings.Split(strings.TrimSuffix(answer.body, "\n"), "\n")...)
		cursor, more = answer.Trailer.Get("X-Next-Cursor"), answer.Trailer.Get("X-Has-More") == "true"
		if more != (cursor != "") || len(pages) > len(whole) {
			t.Fatalf("%d rows, more: %v, cursor %q", len(pages), more, cursor)
		}
	}
	if diff := cmp.Diff(whole, pages); diff != "" || len(whole) != 400 {
		t.Errorf("%d rows (-whole +pages):\n%s", len(whole), diff)
	}
}

// The stream resumes after an event if its id is sent again, as by a browser.
func TestEventsResume(t *testing.T) {
	t.Parallel()
	p := launch(t)
	header := accept("text/event-stream")
	want := ""
	for id := 196; id <= 200; id++ {
		want += fmt.Sprintf("data: {\"id\": %d}\n", id)
	}
	got, last := "", ""
	for range 3 {
		params := param("where", `{"id":{"gt":195}}`, "fields", "id", "limit", "2")
		answer := p.ask(request{path: "/customer", params: params, header: header})
		for text := range strings.Lines(answer.body) {
			if id, ok := strings.CutPrefix(text, "id: "); ok {
				last = strings.TrimSpace(id)
			}
			if strings.HasPrefix(text, "data: {\"id\"") {
				got += text
			}
		}
		header.Set("Last-Event-ID", last)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := p.ask(request{path: "/customer", header: accept("text/event-stream")}) // with ids, although no order is given
	if ids, end := strings.Count(all.body, "\nid: "), strings.Contains(all.body, "event: end\n"); ids != 199 || !end || all.err != nil {
		t.Errorf("%d ids after the first one, end: %v, %v", ids, end, all.err)
	}
}

// The limit in the server's settings applies to every answer, whatever the request.
func TestMaxRows(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.maxRows = 3 })
	for _, limit := range []string{"", "100"} {
		params := param("fields", "id")
		if limit != "" {
			params.Set("limit", limit)
		}
		answer := p.ask(request{params: params})
		if strings.Count(answer.body, "\n") != 3 || answer.Trailer.Get("X-Has-More") != "true" {
			t.Errorf("limit %q: %s, trailer %v", limit, answer.body, answer.Trailer)
		}
	}
}
