package query_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/query"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Variables used by the examples below.
var (
	ctx = context.Background()
	c   *conn.Conn // made by conn.Connect
	w   http.ResponseWriter
	r   *http.Request
)

// A statement is a value: it is built once, and each use adds its own parts.
func Example() {
	users := query.From("v_user").
		Where(query.Field("status").Neq("deleted")).
		OrderBy(query.Field("id").As(query.Numeric).Asc())

	s, err := users.Where(query.Field("age").Gte(18)).Limit(10).Run(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range s.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(row))
	}
}

// Build shows the statement: values are arguments, and names are quoted.
func ExampleSelect_Build() {
	sql, args, err := query.From("v_user").
		Where(query.Column("tenant").Eq(7)).
		WhereSQL("a = $1 OR b = $1", "x").
		Limit(10).
		Build()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q %v\n", sql, args)
	// Output:
	// "SELECT data FROM \"v_user\" WHERE (\"tenant\" = $1) AND (a = $2 OR b = $2\n) LIMIT $3::bigint" [7 x 10]
}

// A parameter of a request, GET /users?status=active, is only ever a value.
func Example_parameter() {
	users := query.From("v_user").Where(query.Column("tenant").Eq(7))
	if status := r.FormValue("status"); status != "" {
		users = users.Where(query.Field("status").Eq(status))
	}
	s, err := users.Run(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// The schema limits which fields an untrusted filter may name, and what it may cost.
func Example_filter() {
	schema := &query.Schema{
		Fields: map[string]query.Ref{
			"status":    query.Field("status"),
			"createdAt": query.Field("created_at").As(query.Timestamp),
		},
		Relations: map[string]*query.Schema{
			"machine": {Fields: map[string]query.Ref{"id": query.Field("machine", "id").As(query.UUID)}},
		},
	}
	where, err := query.ParseFilter([]byte(r.FormValue("where")), schema)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest) // where.machine.id.eqq: unknown operator; did you mean eq?
		return
	}
	order, err := query.ParseOrder([]byte(r.FormValue("order")), schema)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s, err := query.From("v_user").Where(where).OrderBy(order...).Run(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// Rows with a status other than deleted. Without the second condition, rows without a status would match as well.
func Example_present() {
	status := query.Field("status")
	q := query.From("v_user").Where(status.Neq("deleted"), status.IsNotNull())
	fmt.Println(q.Build())
}

// A list is sent as one argument, however long it is.
func Example_list() {
	ids := []string{"0a1b2c3d-4e5f-6789-abcd-ef0123456789"}
	q := query.From("v_user").Where(query.Field("id").As(query.UUID).In(ids))
	fmt.Println(q.Build())
}

// Decimals that must keep their digits are passed as strings, and may have any size.
func Example_decimal() {
	price := query.Field("price").As(query.Numeric)
	q := query.From("v_product").Where(price.Gte("19.90"), price.Lt(json.Number("20.000000000000000001")))
	fmt.Println(q.Build())
}

// The SQL of WhereSQL is put in parentheses, so that its OR does not affect the condition on the tenant.
func Example_own() {
	q := query.From("v_user").Where(query.Column("tenant").Eq(7)).
		WhereSQL("lower(data->>'email') = lower($1) OR lower(data->>'login') = lower($1)", "Ann")
	fmt.Println(q.Build())
}

// A smaller document, with the same nesting.
func Example_projection() {
	q := query.From("v_user").Project(query.Field("id"), query.Field("machine", "id"), query.Field("machine", "name"))
	fmt.Println(q.Build())
}

// The number of all rows that match, regardless of the limit.
func Example_count() {
	page := query.From("v_user").Where(query.Field("status").Eq("active")).OrderBy(query.Field("id").Asc()).Limit(20)
	s, err := page.Count().Run(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	counts, err := stream.Collect[struct{ Count int }](s)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(counts[0].Count)
}

// A condition that cannot be expressed in SQL: the server sends the rows that meet the other conditions, and Filter
// drops some of them.
func Example_hybrid() {
	keep := func(row json.RawMessage) bool { return len(row) < 1<<10 }
	q := query.From("v_user").Where(query.Field("status").Eq("active")).Filter(keep)
	fmt.Println(q.Build())
}

// A page of twenty rows, and the cursor of the next one.
func Example_keyset() {
	page := query.From("v_user").
		OrderBy(query.Field("name").Asc().NotNull(), query.Field("id").Asc().NotNull()).
		Limit(20)
	if cursor := r.FormValue("after"); cursor != "" {
		page = page.After(cursor)
	}
	s, err := page.Run(ctx, c)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	next := ""
	for row, err := range s.All() {
		if err != nil {
			log.Fatal(err)
		}
		if next, err = page.Cursor(row); err != nil {
			log.Fatal(err)
		}
	}
	w.Header().Set("X-Next", next)
}

// An export that survives a lost connection, with a pool or any other Runner that reconnects.
func ExampleSelect_Resumable() {
	export := query.From("v_user").OrderBy(query.Field("id").As(query.Numeric).Asc().NotNull())
	for row, err := range export.Resumable(ctx, c) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", row)
	}
}
