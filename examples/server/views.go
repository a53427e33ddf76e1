package main

import "github.com/fraiseql/fraiseql-wire-go/query"

// view is what can be asked for under one name. A name that is not in its schema cannot be filtered, ordered or chosen
// by, whatever the documents hold.
type view struct {
	from   string        // the view in the database, with a column data
	schema *query.Schema // the names for where, order and fields
	key    query.Order   // the end of every order: unique and never null, so that a cursor means one row
}

// views are those of setup.sql.
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
			// What comes from outside may cost less than what the package allows.
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
