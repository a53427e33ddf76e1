package contestant

import (
	"context"
	"database/sql"
	"errors"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "github.com/lib/pq"              // driver "postgres"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	_ "github.com/fraiseql/fraiseql-wire-go/stdlib" // driver "fraiseql-wire"
)

// sqlClient is database/sql with a pool of one connection.
type sqlClient struct {
	db *sql.DB
	sqlWay
}

// sqlWay holds the differences between contestants over database/sql.
type sqlWay struct {
	driver string
	read   func(*sql.Rows, *Watch) (Tally, error)
	cancel bool // leaves by ending the context; otherwise only by Rows.Close
}

func sqls() []Contestant {
	return []Contestant{
		{"fraiseqlsql-rawbytes", "fraiseql-wire through database/sql, Scan into sql.RawBytes",
			openSQL(sqlWay{"fraiseql-wire", sqlRawBytes, false})},
		{"pq-rawbytes", "lib/pq through database/sql, Scan into sql.RawBytes",
			openSQL(sqlWay{"postgres", sqlRawBytes, false})},
		{"pq-bytes", "lib/pq through database/sql, Scan into []byte",
			openSQL(sqlWay{"postgres", sqlBytes, false})},
		{"pq-cancel", "pq-rawbytes; leaves by ending the context",
			openSQL(sqlWay{"postgres", sqlRawBytes, true})},
		{"pgxsql-rawbytes", "pgx through database/sql, Scan into sql.RawBytes",
			openSQL(sqlWay{"pgx", sqlRawBytes, false})},
		{"pgxsql-bytes", "pgx through database/sql, Scan into []byte",
			openSQL(sqlWay{"pgx", sqlBytes, false})},
		{"pgxsql-cancel", "pgxsql-rawbytes; leaves by ending the context",
			openSQL(sqlWay{"pgx", sqlRawBytes, true})},
	}
}

func openSQL(way sqlWay) opener {
	return func(ctx context.Context, dsn string) (Client, error) {
		db, err := sql.Open(way.driver, dsn)
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		return &sqlClient{db, way}, db.PingContext(ctx)
	}
}

// Run implements Client.
func (c *sqlClient) Run(ctx context.Context, q workload.Query, watch *Watch) (Tally, error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	rows, err := c.db.QueryContext(ctx, q.SQL)
	if err != nil {
		return Tally{}, err
	}
	t, err := c.read(rows, watch)
	if !errors.Is(err, errLeft) {
		return t, errors.Join(err, rows.Close(), rows.Err())
	}
	if c.cancel {
		end()
		_ = rows.Close() // its error is that of the context, which was ended on purpose
		return t, nil
	}
	return t, rows.Close()
}

// Close implements Client.
func (c *sqlClient) Close() error { return c.db.Close() }

func sqlRawBytes(rows *sql.Rows, watch *Watch) (t Tally, err error) {
	for rows.Next() {
		var row sql.RawBytes
		if err := rows.Scan(&row); err != nil {
			return t, err
		}
		t.add(row)
		if watch.leaves(t.Rows) {
			return t, errLeft
		}
	}
	return t, nil
}

func sqlBytes(rows *sql.Rows, watch *Watch) (t Tally, err error) {
	for rows.Next() {
		var row []byte
		if err := rows.Scan(&row); err != nil {
			return t, err
		}
		t.add(row)
		if watch.leaves(t.Rows) {
			return t, errLeft
		}
	}
	return t, nil
}
