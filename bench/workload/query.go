package workload

import "fmt"

// Query is a statement and how many rows it returns.
type Query struct {
	SQL  string
	Rows int64
}

// Target is the kind of server asked.
type Target string

// The two kinds.
const (
	Postgres  Target = "postgres"  // a real server, by its DSN
	Synthetic Target = "synthetic" // package synthetic
)

// Rows asks for rows documents of size bytes. The real server generates them one by one: a generate_series in FROM
// would be stored in full before the first row.
func Rows(t Target, rows int64, size int) Query {
	if t == Synthetic {
		return Query{fmt.Sprintf("select data from synthetic -- rows=%d size=%d", rows, size), rows}
	}
	const sql = `select jsonb_build_object('id', %[1]d + i, 'pad', repeat('x', %[2]d), 'name', 'user ' || %[1]d + i, ` +
		`'tags', jsonb_build_array('a', 'b'), 'score', 1.25, 'active', true) as data ` +
		`from (select generate_series(1, %[3]d) as i) as s`
	return Query{fmt.Sprintf(sql, FirstID, Padding(size), rows), rows}
}

// Endless is a number of rows for results that are never read to their end.
const Endless = 1 << 50

// Tiny returns a query of one short row, which costs the server next to nothing.
func Tiny(t Target) Query {
	if t == Synthetic {
		return Rows(t, 1, MinSize)
	}
	return Query{`select '{"id": 1}'::jsonb as data`, 1}
}
