// Package query builds and runs statements over a view with a document column.
//
// The documents are in a column named data of type json or jsonb, as the rest of this library requires. A Ref is a
// place in the document, or another column of the view; its methods return conditions; a Select combines conditions,
// order, limit and projection:
//
//	q := query.From("v_user").
//		Where(query.Field("status").Neq("deleted"), query.Field("age").Gte(18)).
//		OrderBy(query.Field("id").As(query.Numeric).Asc()).
//		Limit(10)
//	s, err := q.Run(ctx, c)
//
// # What matches
//
// An operator matches only values of its own JSON type. Anything else does not match, and is never an error: eq "5"
// does not find the number 5, and no row can abort a query because of its value's type. A missing key, JSON null, SQL
// NULL and a path through something that is not an object all count as null. The negative operators, and Not, are exact
// complements: neq "deleted" also finds the rows without a status, which the <> of SQL does not; add IsNotNull to
// exclude them. docs/OPERATORS.md lists all operators, with their SQL.
//
// # What is sent
//
// Values are sent as arguments and are never part of the text, and a list is one array, so statements of the same shape
// have the same text, which can be prepared. Names are quoted. A mistake is reported as a *errors.UsageError that names
// the field and the operator, before anything is sent if it can be detected then.
//
// All values of this package are immutable and safe for concurrent use.
package query
