package integration_test

import (
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// TestBriefSoakPool is the short form of what make soak does with a pool.
func TestBriefSoakPool(t *testing.T) {
	alone(t, func(t *testing.T) { soakPool(t, 24, 3*time.Second) })
}

// soakPool makes workers run queries of every fate through a pool with fewer connections than workers, whose lifetime
// is a second, and checks what is left over here and on the server.
func soakPool(t *testing.T, workers int, last time.Duration) {
	t.Helper()
	dsn, application := testbed.NamedApplication(t, testbed.DSN(t))
	entity, watcher := testbed.UniqueEntity(t), testbed.Observe(t, testbed.DSN(t))
	fill := func(end time.Time, least int) pool.Stats {
		p := newPool(t, dsn, func(cfg *pool.Config) {
			cfg.MaxConns, cfg.MinConns = 8, 2
			cfg.MaxConnLifetime, cfg.HealthCheckPeriod = time.Second, 100*time.Millisecond
		})
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for n := w; (n < w+least || time.Now().Before(end)) && !t.Failed(); n++ {
					if err := meetFate(t.Context(), p, n, entity); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		testbed.Eventually(t, "all connections back", func() bool { return p.Stats().AcquiredConns == 0 })
		st := p.Stats()
		if err := p.Close(testbed.Context(t)); err != nil {
			t.Error(err)
		}
		return st
	}
	before := testbed.TakeStock(t) // with the watcher's connection
	fill(time.Now(), 1)            // makes the allocations that are made once per process
	before.CheckNothingLeft(t)
	before, heap := testbed.TakeStock(t), testbed.Heap()
	st := fill(time.Now().Add(last), len(fates))
	before.CheckNothingLeft(t)
	testbed.CheckHeap(t, heap)
	testbed.Eventually(t, "no connection of the pool on the server", func() bool {
		return string(watcher.Ask("SELECT to_json(count(*)) AS data FROM pg_stat_activity WHERE application_name = $1", application)) == "0"
	})
	if st.Streams != 0 || st.Waiting != 0 || st.DestroyedBroken != 0 {
		t.Errorf("%+v", st)
	}
	t.Logf("%d connections opened, %d lent out", st.Created, st.Acquires)
}
