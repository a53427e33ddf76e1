package bench

import (
	"context"
	"os"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func TestMain(m *testing.M) {
	served.ServeIfChild()
	os.Exit(m.Run())
}

// askServer tells what to do if there is no server.
const askServer = "DATABASE_URL is not set: " +
	"go run ./integration/withpg -- go test -bench . ./bench finds or starts a PostgreSQL"

// database returns the configuration for the server of DATABASE_URL; without one it skips the benchmark.
func database(b *testing.B) *conn.Config {
	b.Helper()
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		b.Skip(askServer)
	}
	cfg, err := conn.ParseConfig(dsn)
	if err != nil {
		b.Fatal(err)
	}
	return cfg
}

func connect(tb testing.TB, cfg *conn.Config) *conn.Conn {
	tb.Helper()
	c, err := conn.ConnectConfig(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// serve starts a synthetic server in this process, which runs until tb ends.
func serve(tb testing.TB, via served.Via) *conn.Config {
	tb.Helper()
	s, err := served.Start(via)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s.Config()
}

// synthetic returns a statement that the synthetic server answers with the given number of rows of size bytes.
func synthetic(rows, size int) string {
	return workload.Rows(workload.Synthetic, int64(rows), size).SQL
}

// read runs one query to its end, and returns the numbers of rows and bytes.
func read(tb testing.TB, c *conn.Conn, sql string, work func([]byte), opts ...stream.Option) (rows, size int) {
	s, err := c.Query(tb.Context(), sql, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	for s.Next() {
		rows++
		size += len(s.Row())
		if work != nil {
			work(s.Row())
		}
	}
	if err := s.Err(); err != nil {
		tb.Fatal(err)
	}
	return rows, size
}
