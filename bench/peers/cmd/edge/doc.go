// Edge measures what a server of HTTP costs that hands rows on, beside one that does the same with pgx.
//
//	go run ./cmd/edge [-dsn DSN] [-rounds N]
//
// This process is the server of HTTP. Whoever reads its answers is another one, and so is the synthetic server, whose rows
// come at full speed. So the processor time shown is the server's alone. With a DSN, or DATABASE_URL, rows of a
// PostgreSQL are served too, and the times are measured that only a PostgreSQL can show.
package main
