package main

import (
	"net/http"
	"strings"
	"testing"
)

// The answer says what is wrong with a request, and where, and the database is not used.
func TestRefused(t *testing.T) {
	t.Parallel()
	p := launch(t)
	cursor := p.ask(request{params: param("limit", "1")}).Trailer.Get("X-Next-Cursor")
	tests := []struct {
		name   string
		q      request
		status int
		detail string
	}{
		{"no token", request{who: "-"}, 401, "a bearer token is needed"},
		{"an unknown token", request{who: "Bearer acme-kez"}, 401, "a bearer token is needed"},
		{"another scheme", request{who: "Basic acme-key"}, 401, "a bearer token is needed"},
		{"no such view", request{path: "/invoices"}, 404, "there is no such view"},
		{"no format", request{header: accept("image/png")}, 406,
			"views are available as application/x-ndjson, application/json or text/event-stream"},

		{"an unknown parameter", request{params: param("filter", "x")}, 400,
			`unknown parameter "filter"; there are where, order, fields, limit, after`},
		{"a parameter that is given twice", request{params: param("limit", "1", "limit", "2")}, 400, "limit: it is given twice"},
		{"not JSON", request{params: param("where", "{")}, 400, "where: it is not valid JSON"},
		{"an unknown field", request{params: param("where", `{"statu":{"eq":1}}`)}, 400,
			"where.statu: unknown field; did you mean status?"},
		{"an unknown operator", request{params: param("where", `{"_or":[{"customer":{"name":{"eqq":"x"}}}]}`)}, 400,
			"where._or[0].customer.name.eqq: unknown operator; did you mean eq?"},
		{"an operand that does not fit", request{params: param("where", `{"amount":{"gt":"much"}}`)}, 400,
			`where.amount.gt: want a number, got "much"`},
		{"too deep", request{params: param("where", strings.Repeat(`{"_not":`, 20)+"{}"+strings.Repeat("}", 20))}, 400,
			"where" + strings.Repeat("._not", 8) + ": it is nested too deeply"},
		{"an unknown field to order by", request{params: param("order", `[{"id":"ASC"},{"size":"ASC"}]`)}, 400,
			"order[1].size: unknown field"},
		{"an unknown direction", request{params: param("order", `[{"id":"UP"}]`)}, 400, "order[0].id: unknown direction"},
		{"ordered by twice", request{params: param("order", `[{"status":"ASC"},{"status":"DESC"}]`)}, 400,
			"order[1].status: it is in the order twice"},
		{"an unknown field to select", request{params: param("fields", "id,customer.city")}, 400, `fields: unknown field "customer.city"`},
		{"a relation to select", request{params: param("fields", "customer")}, 400, `fields: unknown field "customer"`},
		{"no rows", request{params: param("limit", "0")}, 400, "limit: want a number of rows"},
		{"a negative number of rows", request{params: param("limit", "-1")}, 400, "limit: want a number of rows"},
		{"too large a number of rows", request{params: param("limit", "99999999999")}, 400, "limit: want a number of rows"},
		{"a cursor of another order", request{params: param("after", cursor, "order", `[{"status":"ASC"}]`)}, 400,
			"After: this is not a cursor for this order"},
		{"not a cursor", request{params: param("after", "garbage")}, 400, "After: this is not a cursor for this order"},
		{"an empty cursor", request{params: param("after", "")}, 400, "After: this is not a cursor for this order"},
		{"not an event", request{header: http.Header{"Accept": {"text/event-stream"}, "Last-Event-ID": {"garbage"}}}, 400,
			"After: this is not a cursor for this order"},
	}
	if cursor == "" {
		t.Fatal("no cursor")
	}
	acquired := `fraiseql_pool_acquire_duration_ms_count{pool="` + p.application
	before := p.metric(acquired)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer := p.ask(tt.q)
			answer.wantProblem(t, tt.status, tt.detail)
			if got := answer.Header.Get("WWW-Authenticate"); (got != "") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate %q", got)
			}
			if got := p.waitFailures(i + 1); got[i]["level"] != "INFO" {
				t.Errorf("the log says %v", got[i])
			}
		})
	}
	if got := p.metric(acquired); got != before {
		t.Errorf("%s acquisitions of connections before, and %s now", before, got)
	}
}

// Some proxies use HTTP/1.0 to their servers by default.
func TestOldProtocol(t *testing.T) {
	t.Parallel()
	p := launch(t)
	answer, body := p.dialog(strings.Replace(get, "1.1", "1.0", 1) + "\r\n")
	reply{answer, body, nil}.wantProblem(t, 505, "use HTTP/1.1")
	p.waitFailure()
}

func TestMethods(t *testing.T) {
	t.Parallel()
	p := launch(t)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
		answer := p.ask(request{method: method})
		if answer.StatusCode != 405 || answer.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s, Allow %q", method, answer.Status, answer.Header.Get("Allow"))
		}
	}
}
