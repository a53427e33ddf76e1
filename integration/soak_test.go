//go:build soak

package integration_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// soakConns work at the same time.
const soakConns = 4

// TestSoak runs whole queries, and queries that are left in every way, on connections that are kept, for
// FRAISEQL_SOAK_TIME. Then no goroutine, no backend and hardly any memory may be left over.
func TestSoak(t *testing.T) {
	last, err := time.ParseDuration(os.Getenv("FRAISEQL_SOAK_TIME"))
	if err != nil {
		t.Fatalf("set FRAISEQL_SOAK_TIME to a duration, as make soak does: %v", err)
	}
	onServers(t, func(t *testing.T, s *pgserver.Server) {
		goroutines, heap := runtime.NumGoroutine(), liveHeap()
		var queries atomic.Int64
		t.Run("work", func(t *testing.T) {
			for i := range soakConns {
				t.Run(strconv.Itoa(i), func(t *testing.T) {
					t.Parallel()
					c := connect(t, s.DSN())
					for n, end := 0, time.Now().Add(last); time.Now().Before(end) && !t.Failed(); n++ {
						soakQuery(t, c, n)
						queries.Add(1)
					}
				})
			}
		})
		t.Logf("%d queries", queries.Load())
		for deadline := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; {
			if time.Now().After(deadline) {
				t.Fatalf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
			}
			runtime.Gosched()
		}
		if now := liveHeap(); now > heap+32<<20 {
			t.Errorf("%d bytes of live heap before, %d after", heap, now)
		}
	})
}

// soakQuery is one query, of which n chooses the mode and how it is left.
func soakQuery(t *testing.T, c *conn.Conn, n int) {
	const size = 3000
	pid := c.PID()
	modes := []stream.ReadAhead{stream.ReadAheadNever, stream.ReadAheadAuto, stream.ReadAheadAlways}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := c.Query(ctx, series(size), stream.WithReadAhead(modes[n%len(modes)]))
	if err != nil {
		t.Fatal(err)
	}
	leave := n / len(modes) % 4
	got := 0
	for s.Next() && (leave == 0 || got < size/10) {
		got++
	}
	switch leave {
	case 0:
		if got != size {
			t.Errorf("%d rows of %d, then %v", got, size, s.Err())
		}
	case 1:
		err = s.Close()
	case 2:
		err = s.Cancel(ctx)
	case 3:
		cancel()
		for s.Next() {
			got++
		}
		if !errors.Is(s.Err(), context.Canceled) && s.Err() != nil {
			err = s.Err()
		}
	}
	if err != nil && !errors.Is(err, werr.ErrCancelled) {
		t.Errorf("leaving in way %d: %v", leave, err)
	}
	if err := s.Close(); err != nil && leave != 3 {
		t.Errorf("close after way %d: %v", leave, err)
	}
	usable(t, c, pid)
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
