package scenario

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Place is a server with a long result of rows of one size, and a short one.
type Place struct {
	Name string
	Size int // bytes of a row
	Rows int // of the long result

	conn             *conn.Conn
	longSQL, tinySQL string
	undo             []func()
}

const (
	bytesOfPostgres  = 16 << 20 // of the long result
	bytesOfSynthetic = 64 << 20
	mostRows         = 100_000
	tinyQueries      = 300
)

// Postgres returns the server of DATABASE_URL.
func Postgres(ctx context.Context, size int) (*Place, error) {
	cfg, err := conn.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	p := &Place{Name: "PostgreSQL", Size: size, Rows: min(mostRows, bytesOfPostgres/size)}
	doc := `'{"pad":"` + strings.Repeat("x", size-len(`{"pad":""}`)) + `"}'::json`
	p.longSQL = fmt.Sprintf("SELECT %s AS data FROM (SELECT generate_series(1, %d)) AS n", doc, p.Rows)
	p.tinySQL = "SELECT " + doc + " AS data"
	return p, p.connect(ctx, cfg)
}

// Synthetic starts the synthetic server in another process. Its command line begins with prefix, such as taskset.
func Synthetic(ctx context.Context, size int, prefix ...string) (*Place, error) {
	p := &Place{Name: "synthetic", Size: size, Rows: min(mostRows, bytesOfSynthetic/size)}
	p.longSQL = workload.Rows(workload.Synthetic, int64(p.Rows), size).SQL
	p.tinySQL = workload.Rows(workload.Synthetic, 1, size).SQL
	s, err := served.Child(served.Unix, prefix...)
	if err != nil {
		return nil, err
	}
	p.undo = append(p.undo, s.Close)
	return p, p.connect(ctx, s.Config())
}

// All returns the synthetic server and, if DATABASE_URL is set, a real one.
func All(ctx context.Context, size int, prefix ...string) (places []*Place, err error) {
	if os.Getenv("DATABASE_URL") != "" {
		p, err := Postgres(ctx, size)
		if err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	p, err := Synthetic(ctx, size, prefix...)
	return append(places, p), err
}

// connect makes the connection of p. If that fails, p is closed.
func (p *Place) connect(ctx context.Context, cfg *conn.Config) error {
	c, err := conn.ConnectConfig(ctx, cfg)
	if err != nil {
		p.Close()
		return err
	}
	p.conn = c
	p.undo = append(p.undo, func() { _ = c.Close(context.WithoutCancel(ctx)) })
	return nil
}

// Close closes the connections and stops what Synthetic has started.
func (p *Place) Close() {
	for i := len(p.undo) - 1; i >= 0; i-- {
		p.undo[i]()
	}
}

// ReadTime measures how long it takes to read one row in pull, for a consumer that does nothing with it.
func (p *Place) ReadTime(ctx context.Context) (time.Duration, error) {
	samples, err := rounds.Run(7, p.Side(ctx, "pull", Consumer{}, 0, nil, stream.WithReadAhead(stream.ReadAheadNever)))
	if err != nil {
		return 0, err
	}
	return rounds.Median(samples[0], rounds.Wall) / time.Duration(p.Rows), nil
}

// Side returns a side of a comparison: k reads the long result, or many tiny ones. look, if not nil, is called with the
// statistics of the stream after every 256 rows.
func (p *Place) Side(ctx context.Context, name string, k Consumer, perRow time.Duration, look func(stream.Stats),
	opts ...stream.Option) rounds.Side {
	return rounds.Side{Name: name, Run: func() error {
		if !k.Tiny {
			return consume(ctx, p.conn, p.longSQL, k.Worker(perRow), look, opts)
		}
		for range tinyQueries {
			if err := consume(ctx, p.conn, p.tinySQL, k.Worker(perRow), nil, opts); err != nil {
				return err
			}
		}
		return nil
	}}
}

func consume(ctx context.Context, c *conn.Conn, sql string, work func([]byte), look func(stream.Stats),
	opts []stream.Option) error {
	s, err := c.Query(ctx, sql, opts...)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Err has the stream's error
	for i := 0; s.Next(); i++ {
		work(s.Row())
		if look != nil && i&255 == 0 {
			look(s.Stats())
		}
	}
	return s.Err()
}
