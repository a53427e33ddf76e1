// Package query builds statements over a view with a document column, and runs them.
//
// The documents stand in a column data of type json or jsonb, as the rest of this library wants it. A Ref is a place in
// the document, or another column of the view; its methods are conditions; a Select puts conditions, order, limit and
// projection together:
//
//	q := query.From("v_user").
//		Where(query.Field("status").Neq("deleted"), query.Field("age").Gte(18)).
//		OrderBy(query.Field("id").As(query.Numeric).Asc()).
//		Limit(10)
//	s, err := q.Run(ctx, c)
//
// # What matches
//
// An operator matches values of its own JSON type alone. Anything else is no match and never an error: eq "5" does not
// find the number 5, and no row can abort a query because its value does not fit. A missing key, JSON null, SQL NULL and
// a way through something that is no object are all null. The negative operators, and Not, are exact complements: neq
// "deleted" finds also the rows without a status, which the <> of SQL loses; add IsNotNull where they are not wanted.
// docs/OPERATORS.md has all operators, with their SQL.
//
// # What is sent
//
// Values are arguments and never part of the text, and a list is one array, so the same shape gives the same text, which
// can be prepared. Names are quoted. What cannot be right is a *errors.UsageError that names the field and the operator,
// before anything is sent wherever that can be known.
//
// All values of this package are immutable and safe for any goroutine.
package query
