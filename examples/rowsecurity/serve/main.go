// Command serve serves the invoices of two tenants over one connection, to clients with a known key:
//
//	psql "$DATABASE_URL" -f examples/rowsecurity/setup.sql
//	go run ./examples/rowsecurity/serve
//	curl -H 'Authorization: Bearer acme-key' http://localhost:8080/
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/examples/rowsecurity"
)

// tenants contains the tenant of each key.
var tenants = map[string]string{"Bearer acme-key": "acme", "Bearer globex-key": "globex"}

func main() {
	c, err := conn.Connect(context.Background(), os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	handler := &rowsecurity.Invoices{Runner: c, Tenant: func(r *http.Request) (string, bool) {
		tenant, known := tenants[r.Header.Get("Authorization")]
		return tenant, known
	}}
	var one sync.Mutex // there is one connection, and it runs one query at a time
	log.Fatal(http.ListenAndServe("localhost:8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		handler.ServeHTTP(w, r)
	})))
}
