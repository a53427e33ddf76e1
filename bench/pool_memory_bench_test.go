package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// idleConns is how many connections are idle in a pool.
const idleConns = 100

// BenchmarkPoolIdleMemory measures the memory of this process per idle connection of a pool, after one query on each:
// of a single row, and of so many that the read buffers have become large. The kernel's socket buffers are not
// included.
func BenchmarkPoolIdleMemory(b *testing.B) {
	for _, via := range []served.Via{served.Unix, served.TCP} {
		for _, rows := range []int{1, 10_000} {
			b.Run(fmt.Sprintf("conns=100/rows=%d/size=120/via=%s", rows, via), func(b *testing.B) {
				server, err := served.Child(via)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(server.Close)
				for b.Loop() {
					b.ReportMetric(idleMemory(b, server.Config(), synthetic(rows, 120))/1024, "KiB/conn")
				}
			})
		}
	}
}

// An idle connection holds no read buffer.
func TestPoolIdleMemory(t *testing.T) {
	server, err := served.Child(served.Unix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	const most = 16 << 10 // a quarter of the smallest read buffer
	if got := idleMemory(t, server.Config(), synthetic(10_000, 120)); got > most {
		t.Errorf("%.0f bytes per idle connection, want at most %d", got, most)
	}
}

// idleMemory returns how many bytes each idle connection of a pool holds.
func idleMemory(tb testing.TB, cfg *conn.Config, sql string) float64 {
	tb.Helper()
	before := inUse()
	p, err := pool.New(tb.Context(), &pool.Config{Conn: cfg, MaxConns: idleConns})
	if err != nil {
		tb.Fatal(err)
	}
	defer p.Close(context.Background())
	var conns [idleConns]*pool.Conn
	var all sync.WaitGroup
	for i := range conns {
		if conns[i], err = p.Acquire(tb.Context()); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range conns {
		all.Go(func() {
			read(tb, conns[i].Conn(), sql, nil)
			conns[i].Release()
		})
	}
	all.Wait()
	if st := p.Stats(); st.IdleConns != idleConns {
		tb.Fatalf("%+v", st)
	}
	clear(conns[:])
	return float64(inUse()-before) / idleConns
}

// inUse returns the bytes of live objects and of stacks.
func inUse() int64 {
	runtime.GC()
	runtime.GC() // frees what pools of the runtime kept through the first one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
