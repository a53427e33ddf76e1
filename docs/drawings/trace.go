package main

import (
	"context"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const (
	length   = 1500 * time.Millisecond // of a trace
	interval = 3 * time.Millisecond    // between two samples
)

// sample is one observation of a stream.
type sample struct {
	at        time.Duration
	occupancy float64 // percent of the ring's rows
	chunk     int     // rows
}

// record reads a stream with k for a while, and observes it from another goroutine, as any program can.
func record(ctx context.Context, c *conn.Conn, sql string, k consumer) ([]sample, error) {
	s, err := c.Query(ctx, sql, stream.WithReadAhead(stream.ReadAheadAlways))
	if err != nil {
		return nil, err
	}
	began := time.Now()
	over := make(chan struct{})
	go func() {
		defer close(over)
		for n := 0; s.Next(); n++ {
			k.work(time.Since(began))
		}
	}()
	var trace []sample
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for at := time.Duration(0); at < length; at = time.Since(began) {
		st := s.Stats()
		trace = append(trace, sample{at, 100 * float64(st.ItemsBuffered) / ring.DefaultCapacity, st.ChunkRows})
		<-ticker.C
	}
	err = s.Close()
	<-over
	return trace, err
}
