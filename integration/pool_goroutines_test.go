package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Streams without a background reader have no goroutine: with five hundred of them open there are only those of the
// pool. The synthetic server accepts more clients than PostgreSQL does by default.
func TestPoolStreamsHaveNoGoroutines(t *testing.T) {
	const streams = 500
	testbed.WaitNoGoroutines(t)
	server, err := served.Start(served.Unix)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	p, err := pool.New(t.Context(), &pool.Config{Conn: server.Config(), MaxConns: streams, Name: testbed.UniqueEntity(t)})
	if err != nil {
		t.Fatal(err)
	}
	idle := len(testbed.LibraryGoroutines())
	if idle > 2 {
		t.Errorf("%d goroutines of a pool without connections", idle)
	}
	sql := workload.Rows(workload.Synthetic, 5000, 120).SQL
	var open []*stream.Stream
	for range streams {
		s, err := p.Query(testbed.Context(t), sql, stream.WithReadAhead(stream.ReadAheadNever))
		if err != nil {
			t.Fatal(err)
		}
		if !s.Next() {
			t.Fatal(s.Err())
		}
		open = append(open, s)
	}
	testbed.Eventually(t, "the goroutines of the pool alone", func() bool { return len(testbed.LibraryGoroutines()) <= idle })
	if st := p.Stats(); st.Streams != streams || st.AcquiredConns != streams {
		t.Errorf("%+v", st)
	}
	for _, s := range open {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := p.Close(testbed.Context(t)); err != nil {
		t.Error(err)
	}
	testbed.WaitNoGoroutines(t)
}
