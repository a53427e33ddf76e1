package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// whole is what a query costs in all, on the server of DATABASE_URL.
type whole struct {
	rows float64 // of one read
	cpu  float64 // nanoseconds of this process for one read with its rows
	wall float64 // the same by the clock
}

const wholeRows = 200_000

// measureWhole reads small documents that the server makes as it sends them, in pull. As with the features, the best of
// all rounds counts.
func measureWhole(ctx context.Context, n int) (whole, error) {
	c, err := conn.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return whole{}, err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the figures are there
	const sql = `SELECT json_build_object('id', i, 'name', 'a name of somebody', 'email', 'somebody@example.org',
		'active', true, 'score', 4.5, 'tags', '["a","b"]'::json) AS data FROM (SELECT generate_series(1, %d) AS i) AS n`
	before := chunks()
	samples, err := rounds.Run(n, rounds.Side{Name: "query", Run: func() error {
		s, err := c.Query(ctx, fmt.Sprintf(sql, wholeRows), stream.WithReadAhead(stream.ReadAheadNever),
			stream.WithEntity("overhead"))
		if err != nil {
			return err
		}
		for s.Next() {
		}
		return s.Err()
	}})
	if err != nil {
		return whole{}, err
	}
	rows := wholeRows * float64(n+1) / (chunks() - before)
	perRead := rows / wholeRows
	return whole{
		rows: rows,
		cpu:  float64(rounds.Least(samples[0], rounds.CPU)) * perRead,
		wall: float64(rounds.Least(samples[0], rounds.Wall)) * perRead,
	}, nil
}

// chunks is how many hand-overs the metrics have counted: in pull, reads that brought rows.
func chunks() (n float64) {
	var page bytes.Buffer
	wiremetrics.WritePrometheus(&page)
	for line := range strings.Lines(page.String()) {
		if strings.HasPrefix(line, `fraiseql_chunk_size_rows_count{entity="overhead"}`) {
			_, _ = fmt.Sscan(line[strings.LastIndexByte(line, ' '):], &n)
		}
	}
	return n
}
