package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

var (
	acme   = claims{"fraiseql_demo_reader", "acme"}
	globex = claims{"fraiseql_demo_reader", "globex"}
)

// overAdapters runs a test with an adapter on each server, and through PgBouncer, over the data of examples/server:
// 4000 invoices of acme and 2000 of globex.
func overAdapters(t *testing.T, test func(t *testing.T, a *adapter)) {
	t.Helper()
	setup, err := os.ReadFile("../examples/server/setup.sql")
	if err != nil {
		t.Fatal(err)
	}
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		if err := pgserver.RunScript(testbed.Context(t), s.DSN(), string(setup)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			const drop = "DROP SCHEMA fraiseql_demo CASCADE;\n" + // and the role, unless another database has the demo too
				"DO $$ BEGIN DROP ROLE fraiseql_demo_reader; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$"
			ctx, stop := context.WithTimeout(context.Background(), testbed.Patience) // the test's own context has ended
			defer stop()
			if err := pgserver.RunScript(ctx, s.DSN(), drop); err != nil {
				t.Errorf("the schema was not dropped: %v", err)
			}
		})
		small := func(cfg *pool.Config) { cfg.MaxConns, cfg.Conn.PrepareThreshold = 2, 2 }
		test(t, newAdapter(t, s.DSN(), small))
		if s == testbed.Servers(t)[0] {
			t.Run("through PgBouncer", func(t *testing.T) {
				dsn := testbed.Bouncer(t) // whose user is not a superuser
				grant := "GRANT fraiseql_demo_reader TO " + testbed.Config(t, dsn).User
				if err := pgserver.RunScript(testbed.Context(t), s.DSN(), grant); err != nil {
					t.Fatal(err)
				}
				test(t, newAdapter(t, dsn, small))
			})
		}
	})
}

func newAdapter(t *testing.T, dsn string, change func(*pool.Config)) *adapter {
	t.Helper()
	return &adapter{pool: newPool(t, dsn, change), views: map[string]adapterView{
		"Invoice": {
			from: "fraiseql_demo.v_invoice",
			id:   query.Field("id").As(query.Numeric),
			schema: &query.Schema{
				Fields: map[string]query.Ref{
					"id":     query.Field("id").As(query.Numeric),
					"status": query.Field("status"),
					"amount": query.Field("amount").As(query.Numeric),
					"issued": query.Field("issued").As(query.Date),
				},
				Relations: map[string]*query.Schema{
					"customer": {Fields: map[string]query.Ref{"name": query.Field("customer", "name")}},
				},
			},
		},
		"Nothing": {from: "fraiseql_demo.v_nothing", id: query.Field("id"), schema: &query.Schema{Open: true}},
	}}
}

func TestAdapter(t *testing.T) {
	t.Parallel()
	overAdapters(t, func(t *testing.T, a *adapter) {
		t.Run("lists", func(t *testing.T) { adapterLists(t, a) })
		t.Run("pages", func(t *testing.T) { adapterPages(t, a) })
		t.Run("tenants", func(t *testing.T) { adapterTenants(t, a) })
		t.Run("first row", func(t *testing.T) { adapterFirstRow(t, a) })
		t.Run("errors", func(t *testing.T) { adapterErrors(t, a) })
		t.Run("pool", func(t *testing.T) { adapterPool(t, a) })
	})
}

// ids returns the ids of documents.
func ids(t *testing.T, nodes []json.RawMessage) string {
	t.Helper()
	var all []string
	for _, node := range nodes {
		var d struct{ ID json.Number }
		if err := json.Unmarshal(node, &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d.ID.String())
	}
	return strings.Join(all, " ")
}

func adapterLists(t *testing.T, a *adapter) {
	tests := []struct {
		name, where, order string
		first              int64
		want               string // ids
		count              int64
	}{
		{"equal", `{"id":{"eq":7}}`, ``, 0, "7", 1},
		{"of a list, in an order", `{"id":{"in":[3,1,2]}}`, `[{"id":"DESC"}]`, 0, "3 2 1", 3},
		{"a range", `{"amount":{"gte":"999","lt":1000}}`, `[{"amount":"DESC"}]`, 2, "5531 4988", 5},
		{"a relation", `{"customer":{"name":{"eq":"Ada 5"}}}`, ``, 3, "4 304 604", 20},
		{"or and not", `{"_or":[{"id":{"lt":3}},{"_not":{"id":{"lte":5998}}}]}`, ``, 0, "1 2 6000", 3},
		{"dates", `{"issued":{"lt":"2025-01-03"},"status":{"neq":"paid"}}`, ``, 2, "365 366", 16},
		{"nothing", `{"status":{"eq":"lost"}}`, ``, 0, "", 0},
	}
	for _, tt := range tests {
		args := listArgs{where: json.RawMessage(tt.where), first: tt.first}
		if tt.order != "" {
			args.orderBy = json.RawMessage(tt.order)
		}
		page, err := a.list(testbed.Context(t), "Invoice", acme, args)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, ids(t, page.nodes)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		n, err := a.count(testbed.Context(t), "Invoice", acme, args.where)
		if err != nil || n != tt.count || page.hasNext != (tt.first > 0 && n > tt.first) {
			t.Errorf("%s: count %d, %v, want %d; more: %v", tt.name, n, err, tt.count, page.hasNext)
		}
	}
	one, err := a.byID(testbed.Context(t), "Invoice", acme, 7)
	if err != nil || !strings.HasPrefix(string(one), `{"id": 7,`) {
		t.Errorf("by its id: %s, %v", one, err)
	}
}

// Pages by cursors add up to the whole list, each row once and in order, and a cursor is valid only for its own order.
func adapterPages(t *testing.T, a *adapter) {
	args := listArgs{orderBy: json.RawMessage(`[{"status":"DESC"},{"issued":"ASC"}]`)}
	whole, err := a.list(testbed.Context(t), "Invoice", globex, args)
	if err != nil || len(whole.nodes) != 2000 || whole.hasNext {
		t.Fatalf("%d rows, %v", len(whole.nodes), err)
	}
	args.first = 450
	var paged []json.RawMessage
	for more := true; more; {
		page, err := a.list(testbed.Context(t), "Invoice", globex, args)
		if err != nil || len(paged) > 2000 {
			t.Fatal(len(paged), err)
		}
		paged = append(paged, page.nodes...)
		args.after, more = page.endCursor, page.hasNext
	}
	if diff := cmp.Diff(ids(t, whole.nodes), ids(t, paged)); diff != "" {
		t.Errorf("(-whole +pages):\n%s", diff)
	}
	if page, err := a.list(testbed.Context(t), "Invoice", globex, args); err != nil || len(page.nodes) > 0 || page.hasNext {
		t.Errorf("after the last page: %d rows, %v", len(page.nodes), err)
	}
	args.orderBy = nil
	if _, err := a.list(testbed.Context(t), "Invoice", globex, args); !classify(err).usersOwn {
		t.Errorf("a cursor of another order: %v", err)
	}
}

// The claims hold only for their query, whichever connection it uses.
func adapterTenants(t *testing.T, a *adapter) {
	var all sync.WaitGroup
	for range 2 {
		for c, want := range map[claims]int64{acme: 4000, globex: 2000, {"fraiseql_demo_reader", ""}: 0, {"fraiseql_demo_reader", "x' OR true"}: 0} {
			all.Go(func() {
				for range 2 {
					if n, err := a.count(testbed.Context(t), "Invoice", c, nil); err != nil || n != want {
						t.Errorf("%q sees %d invoices, want %d; %v", c.tenant, n, want, err)
					}
				}
			})
		}
	}
	all.Wait()
	mine, err := a.byID(testbed.Context(t), "Invoice", acme, 7)
	theirs, err2 := a.byID(testbed.Context(t), "Invoice", globex, 7)
	if err := errors.Join(err, err2); err != nil || mine == nil || theirs != nil {
		t.Errorf("invoice 7 is, to acme and globex, %s and %s; %v", mine, theirs, err)
	}
}

// A stream is returned when its first row has arrived, and that row is not lost.
func adapterFirstRow(t *testing.T, a *adapter) {
	for where, want := range map[string]int{`{}`: 4000, `{"id":{"eq":7}}`: 1, `{"id":{"eq":0}}`: 0} {
		s, err := a.open(testbed.Context(t), "Invoice", acme, listArgs{where: json.RawMessage(where)})
		if err != nil {
			t.Fatal(err)
		}
		if st := s.Stats(); want > 0 && st.ItemsBuffered == 0 || st.TotalRowsYielded != 0 {
			t.Errorf("%s: returned with %+v", where, st)
		}
		if got := testbed.Rows(t, s); len(got) != want {
			t.Errorf("%s: %d rows, want %d", where, len(got), want)
		}
	}
}

// The SQLSTATE is reported, and an error caused by the user says where.
func adapterErrors(t *testing.T, a *adapter) {
	tests := []struct {
		name, view, where string
		claims            claims
		want              graphQLError
		text              string // part of the error text
	}{
		{"an unknown field", "Invoice", `{"sum":{"eq":1}}`, acme, graphQLError{code: "usage", usersOwn: true}, "where.sum: unknown field"},
		{"an unknown operator", "Invoice", `{"_and":[{"amount":{"above":1}}]}`, acme, graphQLError{code: "usage", usersOwn: true},
			"where._and[0].amount.above: unknown operator"},
		{"a pattern that the server refuses", "Invoice", `{"status":{"regex":"[z-a]"}}`, acme,
			graphQLError{code: "2201B", usersOwn: true}, "status.regex: rejected by the server"},
		{"no such view", "Nothing", `{}`, acme, graphQLError{code: "42P01"}, "v_nothing"},
		{"no right", "Invoice", `{}`, claims{"pg_monitor", "acme"}, graphQLError{code: "42501"}, "permission denied"},
		{"no such role", "Invoice", `{}`, claims{"nobody_at_all", "acme"}, graphQLError{code: "22023"}, "WithRole"},
	}
	for _, tt := range tests {
		_, err := a.open(testbed.Context(t), tt.view, tt.claims, listArgs{where: json.RawMessage(tt.where)})
		if got := classify(err); err == nil || got != tt.want || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %+v, %v, want %+v %s", tt.name, got, err, tt.want, tt.text)
		}
		if _, err := a.list(testbed.Context(t), tt.view, tt.claims, listArgs{where: json.RawMessage(tt.where)}); classify(err).code != tt.want.code {
			t.Errorf("%s, as a list: %v", tt.name, err)
		}
	}
	if n := a.numbers(); n.active != 0 || n.waiting != 0 {
		t.Errorf("after the errors: %+v", n)
	}
}

// The pool's numbers reflect running streams and waiting requests; a request that gives up leaves nothing behind.
func adapterPool(t *testing.T, a *adapter) {
	open := func() interface{ Close() error } {
		s, err := a.open(testbed.Context(t), "Invoice", acme, listArgs{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one, two := open(), open()
	if n := a.numbers(); n.active != 2 || n.total != 2 {
		t.Errorf("with two streams: %+v", n)
	}
	ctx, giveUp := context.WithCancel(testbed.Context(t))
	waiting := make(chan error, 1)
	go func() {
		_, err := a.count(ctx, "Invoice", acme, nil)
		waiting <- err
	}()
	testbed.Eventually(t, "a request that waits", func() bool { return a.numbers().waiting == 1 })
	giveUp()
	if err := <-waiting; !errors.Is(err, context.Canceled) || !classify(err).retry {
		t.Errorf("the request that gave up got %v", err)
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Error(err)
	}
	if n := a.numbers(); n != (poolNumbers{total: 2, idle: 2}) {
		t.Errorf("afterwards: %+v", n)
	}
	if err := a.health(testbed.Context(t)); err != nil {
		t.Error(err)
	}
}

// A database that cannot be reached is not healthy, and the breaker tells when to try again.
func TestAdapterDatabaseAway(t *testing.T) {
	t.Parallel()
	dsn := fmt.Sprintf("postgres://somebody@%s/db?sslmode=disable", testbed.DeadAddress(t))
	a := newAdapter(t, dsn, func(cfg *pool.Config) {
		cfg.Retry.Attempts = 1
		cfg.Breaker = pool.Breaker{Failures: 1, MinOpen: testbed.Patience, MaxOpen: testbed.Patience}
	})
	if err := a.health(testbed.Context(t)); werr.CategoryOf(err) != werr.CategoryConnect {
		t.Errorf("health: %v", err)
	}
	_, err := a.list(testbed.Context(t), "Invoice", acme, listArgs{})
	if got := classify(err); got.code != "connect" || !got.retry || got.after <= 0 || a.pool.Stats().Breaker != pool.BreakerOpen {
		t.Errorf("a list: %+v, %v", got, err)
	}
}
