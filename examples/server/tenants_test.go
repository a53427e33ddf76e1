package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// With two tenants on the same few connections at the same time, neither sees rows of the other, whatever they
// request.
func TestTenants(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.pool.Conn.PrepareThreshold = 2 })
	tests := []struct {
		who             string
		rows, customers int
		first, last     int // customers
	}{
		{acme, 4000, 200, 1, 200},
		{globex, 2000, 100, 201, 300},
	}
	var all sync.WaitGroup
	for _, tt := range tests {
		for range 4 {
			all.Go(func() {
				for range 3 {
					if got := p.rows(request{who: tt.who, params: param("fields", "id")}); len(got) != tt.rows {
						t.Errorf("%s: %d rows, want %d", tt.who, len(got), tt.rows)
					}
					got := p.rows(request{who: tt.who, path: "/customer", params: param("order", `{"id":"ASC"}`, "fields", "id")})
					if len(got) != tt.customers || got[0] != fmt.Sprintf(`{"id": %d}`, tt.first) ||
						got[len(got)-1] != fmt.Sprintf(`{"id": %d}`, tt.last) {
						t.Errorf("%s: customers %v", tt.who, got)
					}
				}
			})
		}
	}
	all.Wait()
	for _, where := range []string{
		`{"id":{"eq":201}}`, `{"_or":[{"id":{"eq":201}},{"name":{"eq":"x' OR true --"}}]}`, `{"_not":{"id":{"lte":200}}}`,
	} {
		if got := p.rows(request{path: "/customer", params: param("where", where)}); strings.Join(got, "") != "" {
			t.Errorf("acme asks for %s and sees %v", where, got)
		}
	}
	// A cursor of one tenant is a place in an order, but gives no access to the rows of another.
	cursor := p.ask(request{path: "/customer", params: param("limit", "150")}).Trailer.Get("X-Next-Cursor")
	got := p.rows(request{who: globex, path: "/customer", params: param("after", cursor, "fields", "id")})
	if len(got) != 100 || got[0] != `{"id": 201}` {
		t.Errorf("globex with a cursor of acme sees %d rows from %s on", len(got), got[0])
	}
	p.waitSettled()
}
