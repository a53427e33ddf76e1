package synthetic

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/workload"
)

// connect starts a server for the test and connects to it.
func connect(t *testing.T) (context.Context, *pgx.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- New().Serve(l) }()
	t.Cleanup(func() {
		l.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	conn, err := pgx.Connect(ctx, "postgres://u@"+l.Addr().String()+"/d?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return ctx, conn
}

func TestBothFormsGiveTheRowsAskedFor(t *testing.T) {
	t.Parallel()
	ctx, conn := connect(t)
	for _, form := range []pgx.QueryExecMode{
		pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec, pgx.QueryExecModeCacheStatement,
	} {
		for _, want := range []int64{0, 1, small, 30_000} {
			rows, err := conn.Query(ctx, workload.Rows(workload.Synthetic, want, 150).SQL, form)
			if err != nil {
				t.Fatal(err)
			}
			var got int64
			for ; rows.Next(); got++ {
				if raw := rows.RawValues()[0]; len(raw) != 150 || !json.Valid(raw) {
					t.Fatalf("%v, row %d: %q", form, got, raw)
				}
			}
			if rows.Err() != nil || got != want {
				t.Errorf("%v: %d rows and error %v, want %d", form, got, rows.Err(), want)
			}
		}
	}
}

func TestPingIsAnEmptyQuery(t *testing.T) {
	t.Parallel()
	ctx, conn := connect(t)
	if err := conn.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func TestCancelRequestStopsTheRows(t *testing.T) {
	t.Parallel()
	ctx, conn := connect(t)
	rows, err := conn.Query(ctx, workload.Rows(workload.Synthetic, 1<<50, 120).SQL)
	if err != nil || !rows.Next() {
		t.Fatal("no first row", err, rows.Err())
	}
	if err := conn.PgConn().CancelRequest(ctx); err != nil {
		t.Fatal(err)
	}
	rows.Close()
	var refused *pgconn.PgError
	if !errors.As(rows.Err(), &refused) || refused.Code != "57014" {
		t.Fatalf("error %v, want query_canceled", rows.Err())
	}
	var doc string
	if err := conn.QueryRow(ctx, workload.Tiny(workload.Synthetic).SQL).Scan(&doc); err != nil {
		t.Errorf("the connection is of no use after a cancel: %v", err)
	}
}
