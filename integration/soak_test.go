package integration_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// TestBriefSoak is the short form of what make soak does.
func TestBriefSoak(t *testing.T) {
	alone(t, func(t *testing.T) { soak(t, 24, 3*time.Second) })
}

// soak makes workers run queries of every fate on connections that they keep for a while, and checks what is left over.
func soak(t *testing.T, workers int, last time.Duration) {
	t.Helper()
	dsn, entity := testbed.DSN(t), testbed.UniqueEntity(t)
	cfg := testbed.Config(t, dsn)
	warm, err := conn.ConnectConfig(testbed.Context(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(fates) * 3 {
		if err := meetFate(t.Context(), warm, n, entity); err != nil {
			t.Fatal(err)
		}
	}
	testbed.Close(t, warm)
	testbed.WaitNoGoroutines(t)
	before, heap := testbed.TakeStock(t), testbed.Heap()
	end := time.Now().Add(last)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := w; time.Now().Before(end) && !t.Failed(); {
				ctx, stop := context.WithTimeout(t.Context(), 10*testbed.Patience)
				c, err := conn.ConnectConfig(ctx, cfg)
				for range 50 {
					if err != nil || time.Now().After(end) {
						break
					}
					err = meetFate(ctx, c, n, entity)
					n++
				}
				if c != nil {
					err = errors.Join(err, c.Close(ctx))
				}
				stop()
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	before.CheckNothingLeft(t)
	testbed.CheckHeap(t, heap)
	p := testbed.EntityPage(t, entity)
	t.Logf("%v whole, %v left", p.Get("fraiseql_query_completed_total", "status", "success"),
		p.Get("fraiseql_query_completed_total", "status", "cancelled"))
}
