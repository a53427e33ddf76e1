package integration_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/examples/rowsecurity"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// The example of docs/SESSION.md: one connection, two tenants, each of which sees its own rows.
func TestRowSecurityExample(t *testing.T) {
	admin := testbed.Connect(t, testbed.DSN(t))
	testbed.Execute(t, admin, "CREATE SCHEMA rowsecurity")
	defer testbed.Execute(t, admin, "DROP ROLE invoice_reader")
	defer testbed.Execute(t, admin, "DROP SCHEMA rowsecurity CASCADE")
	testbed.Execute(t, admin, "SET search_path = rowsecurity")
	setup, err := os.ReadFile("../examples/rowsecurity/setup.sql")
	if err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(strings.TrimSpace(string(setup)), ";\n") {
		testbed.Execute(t, admin, statement)
	}
	testbed.Execute(t, admin, "GRANT USAGE ON SCHEMA rowsecurity TO invoice_reader")
	c := testbed.Connect(t, testbed.DSN(t), func(cfg *conn.Config) {
		cfg.PrepareThreshold = 2
		cfg.RuntimeParams = map[string]string{"search_path": "rowsecurity"}
	})
	handler := &rowsecurity.Invoices{Runner: c, Tenant: func(r *http.Request) (string, bool) {
		tenant := r.Header.Get("X-Tenant")
		return tenant, tenant != ""
	}}
	all := map[string]string{
		"acme":     `{"id": 1, "amount": 120.50}` + "\n" + `{"id": 3, "amount": 19.90}` + "\n",
		"globex":   `{"id": 2, "amount": 80}` + "\n",
		"nobody":   "",
		"' OR 1=1": "",
	}
	for range 3 {
		for tenant, want := range all {
			if status, body := get(handler, tenant); status != http.StatusOK || body != want {
				t.Errorf("%s: status %d (-want +got):\n%s", tenant, status, cmp.Diff(want, body))
			}
		}
	}
	if status, _ := get(handler, ""); status != http.StatusUnauthorized {
		t.Errorf("without a tenant: status %d", status)
	}
	// The connection's user owns the table, so no policy applies to it: no setting of the tenants is left.
	if got, want := testbed.Ask(t, c, "SELECT to_json(count(*)) AS data FROM invoice"), fmt.Sprint(3); got != want {
		t.Errorf("the connection's user sees %s invoices, want %s", got, want)
	}
}

func get(h http.Handler, tenant string) (status int, body string) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if tenant != "" {
		r.Header.Set("X-Tenant", tenant)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}
