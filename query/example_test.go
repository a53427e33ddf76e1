package query_test

import (
	"context"
	"fmt"
	"log"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// What the examples below work with.
var (
	ctx = context.Background()
	c   *conn.Conn // made by conn.Connect
)

// A statement is a value: it is put together once, and each use adds what is its own.
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
