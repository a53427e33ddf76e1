package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// Many goroutines share a few connections, and a third of the queries is left in the middle, by Close, by Cancel or by
// a context: no query sees rows of another one, none waits forever, and nothing is left behind.
func TestPoolUnderLoadKeepsQueriesApart(t *testing.T) {
	stock := testbed.TakeStock(t)
	const workers, conns = 16, 4
	queries := 20_000
	if testbed.RaceDetector {
		queries /= 5
	}
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.MaxConns = conns })
	var next atomic.Int64
	var work sync.WaitGroup
	for w := range workers {
		random := rand.New(rand.NewPCG(1, uint64(w)))
		work.Go(func() {
			for tag := next.Add(1); tag <= int64(queries) && !t.Failed(); tag = next.Add(1) {
				if err := taggedQuery(testbed.Context(t), p, tag, random); err != nil {
					t.Errorf("query %d: %v", tag, err)
				}
			}
		})
	}
	work.Wait()
	testbed.Eventually(t, "all connections back", func() bool { return p.Stats().AcquiredConns == 0 })
	st := p.Stats()
	if st.TotalConns > conns || st.Streams != 0 || st.Waiting != 0 || st.DestroyedBroken != 0 {
		t.Errorf("%+v", st)
	}
	if err := p.Close(testbed.Context(t)); err != nil {
		t.Error(err)
	}
	stock.CheckNothingLeft(t)
}

// taggedQuery queries rows that contain a tag, and takes all of them or leaves early.
func taggedQuery(ctx context.Context, p *pool.Pool, tag int64, random *rand.Rand) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	rows := random.IntN(20)
	leaves := random.IntN(3) == 0
	if leaves {
		rows = testbed.Endless
	}
	s, err := p.QueryArgs(ctx, fmt.Sprintf(
		"SELECT jsonb_build_object('tag', $1::bigint, 'n', n) AS data FROM (SELECT generate_series(1, %d) AS n) AS s", rows), []any{tag})
	if err != nil {
		return err
	}
	taken := 0
	for ; s.Next(); taken++ {
		var row struct{ Tag int64 }
		if err := json.Unmarshal(s.Row(), &row); err != nil || row.Tag != tag {
			return fmt.Errorf("a row of query %d: %w", row.Tag, err)
		}
		if leaves && random.IntN(10) == 0 {
			return leave(ctx, stop, s, random)
		}
	}
	if taken != rows {
		return fmt.Errorf("%d rows of %d: %w", taken, rows, s.Err())
	}
	return s.Err()
}

// leave ends a stream in one of three ways.
func leave(ctx context.Context, stop func(), s interface {
	Close() error
	Cancel(context.Context) error
}, random *rand.Rand) error {
	switch random.IntN(3) {
	case 0:
		return s.Close()
	case 1:
		return s.Cancel(ctx)
	}
	stop()
	return nil
}
