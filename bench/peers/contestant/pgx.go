package contestant

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// errLeft is returned by a reading loop that watch has ended.
var errLeft = errors.New("left early")

// pgxClient is a pgx.Conn with its defaults, one way to read its rows, and one way to leave them.
type pgxClient struct {
	conn   *pgx.Conn
	config *pgx.ConnConfig
	pgxWay
}

// pgxWay holds the differences between pgx contestants.
type pgxWay struct {
	buffer int               // bytes of a read buffer before pgx's own; 0: none
	mode   pgx.QueryExecMode // 0: pgx's default, which prepares each statement once
	read   func(pgx.Rows, *Watch) (Tally, error)
	leave  func(context.Context, *pgxClient, pgx.Rows) error
}

func pgxes() []Contestant {
	return []Contestant{
		{"pgx-raw", "pgx Query, RawValues; leaves by Rows.Close, which drains",
			openPgx(pgxWay{read: pgxRawValues, leave: pgxDrain})},
		{"pgx-exec", "the same without a prepared statement: QueryExecModeExec, as the others ask",
			openPgx(pgxWay{mode: pgx.QueryExecModeExec, read: pgxRawValues, leave: pgxDrain})},
		{"pgx-simple", "the same by the simple Query message: QueryExecModeSimpleProtocol",
			openPgx(pgxWay{mode: pgx.QueryExecModeSimpleProtocol, read: pgxRawValues, leave: pgxDrain})},
		{"pgx-tx", "pgx-raw between Begin with a set_config of a role and two claims, and Commit", openScope(pgxTx)},
		{"pgx-batch", "the same set_config and query in one Batch, which is one implicit transaction", openScope(pgxBatch)},
		{"pgx-raw-256k", "pgx-raw with a read buffer of 256 KiB by BuildFrontend",
			openPgx(pgxWay{buffer: 256 << 10, read: pgxRawValues, leave: pgxDrain})},
		{"pgx-rawmessage", "pgx Query, Scan into json.RawMessage",
			openPgx(pgxWay{read: pgxRawMessage, leave: pgxDrain})},
		{"pgx-bytes", "pgx Query, Scan into []byte",
			openPgx(pgxWay{read: pgxBytes, leave: pgxDrain})},
		{"pgx-cancel", "pgx-raw; leaves by PgConn.CancelRequest, then Rows.Close",
			openPgx(pgxWay{read: pgxRawValues, leave: pgxCancel})},
		{"pgx-close", "pgx-raw; leaves by closing the connection, then connects again",
			openPgx(pgxWay{read: pgxRawValues, leave: pgxReconnect})},
		{"pgconn", "pgconn ExecParams, ResultReader.Values; leaves by CancelRequest", openPgconn},
	}
}

func openPgx(way pgxWay) opener {
	return func(ctx context.Context, dsn string) (Client, error) {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil, err
		}
		if way.buffer > 0 {
			config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
				return pgproto3.NewFrontend(bufio.NewReaderSize(r, way.buffer), w)
			}
		}
		if way.mode != 0 {
			config.DefaultQueryExecMode = way.mode
		}
		conn, err := pgx.ConnectConfig(ctx, config)
		return &pgxClient{conn, config, way}, err
	}
}

// Run implements Client.
func (c *pgxClient) Run(ctx context.Context, q workload.Query, watch *Watch) (Tally, error) {
	rows, err := c.conn.Query(ctx, q.SQL)
	if err != nil {
		return Tally{}, err
	}
	t, err := c.read(rows, watch)
	if errors.Is(err, errLeft) {
		return t, c.leave(ctx, c, rows)
	}
	rows.Close()
	return t, errors.Join(err, rows.Err())
}

// Close implements Client.
func (c *pgxClient) Close() error { return c.conn.Close(context.Background()) }

func pgxRawValues(rows pgx.Rows, watch *Watch) (t Tally, err error) {
	for rows.Next() {
		t.add(rows.RawValues()[0])
		if watch.leaves(t.Rows) {
			return t, errLeft
		}
	}
	return t, nil
}

func pgxRawMessage(rows pgx.Rows, watch *Watch) (t Tally, err error) {
	for rows.Next() {
		var row json.RawMessage
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

func pgxBytes(rows pgx.Rows, watch *Watch) (t Tally, err error) {
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
