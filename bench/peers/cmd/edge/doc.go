// Edge measures the cost of an HTTP server that passes rows on, compared with one that does the same with pgx.
//
//	go run ./cmd/edge [-dsn DSN] [-rounds N]
//
// This process is the HTTP server. The reader of its responses is another process, and so is the synthetic server,
// which sends rows at full speed. So the processor time shown is only that of the HTTP server. With a DSN, or
// DATABASE_URL, rows of a PostgreSQL server are served too, and times are measured that require one.
package main
