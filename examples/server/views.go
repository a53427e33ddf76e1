package main

import "github.com/fraiseql/fraiseql-wire-go/query"

// view describes what is served under one name. Names that are not in its schema cannot be used to filter, order or
// select, whatever the documents contain.
type view struct {
	from   string        // the view in the database, with a column named data
	schema *query.Schema // the names for where, order and fields
	key    query.Order   // the last key of every order: unique and never null, so that a cursor denotes one row
}

// views contains the views of setup.sql.
var views = map[string]view{
	"invoice": {
		from: "fraiseql_demo.v_invoice",
		key:  query.Field("id").As(query.Numeric).Asc().NotNull(),
		schema: &query.Schema{
			Fields: map[string]query.Ref{
				"id":     query.Field("id").As(query.Numeric),
				"status": query.Field("status"),
				"amount": query.Field("amount").As(query.Numeric),
				"issued": query.Field("issued").As(query.Date),
			},
			Relations: map[string]*query.Schema{
				"customer": {Fields: map[string]query.Ref{
					"id":   query.Field("customer", "id").As(query.Numeric),
					"name": query.Field("customer", "name"),
				}},
			},
			// Input from outside is limited further than by the package.
			MaxDepth: 8, MaxPredicates: 32, MaxValues: 1000, MaxPattern: 256,
		},
	},
	"customer": {
		from: "fraiseql_demo.v_customer",
		key:  query.Field("id").As(query.Numeric).Asc().NotNull(),
		schema: &query.Schema{
			Fields: map[string]query.Ref{
				"id":   query.Field("id").As(query.Numeric),
				"name": query.Field("name"),
				"city": query.Field("city"),
			},
			MaxDepth: 8, MaxPredicates: 32, MaxValues: 1000, MaxPattern: 256,
		},
	},
}
