package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Reads are watched at the socket, through Config.Dial: paused means that none is under way and none begins.

// watched is a connection that notes its reads.
type watched struct {
	net.Conn
	inside atomic.Bool
	began  atomic.Int64 // the last read's, in nanoseconds since the program's start
	ended  atomic.Int64
}

var start = time.Now()

func now() int64 { return int64(time.Since(start)) }

func (w *watched) Read(p []byte) (int, error) {
	w.began.Store(now())
	w.inside.Store(true)
	n, err := w.Conn.Read(p)
	w.ended.Store(now())
	w.inside.Store(false)
	return n, err
}

// supplies are how the server sends: without end; or 8 KiB every few seconds, so that a pause meets a read that waits.
var supplies = []struct{ name, sql string }{
	{"rows without end", `SELECT '{"id":1}'::json AS data FROM (SELECT generate_series(1, 1000000000)) AS n`},
	{"quiet", `SELECT '{"id":1}'::json AS data FROM (SELECT generate_series(1, 1000000000) AS i) AS n
		WHERE i < 5000 OR pg_sleep(0.01) IS NOT NULL`},
}

func pauseLatencies(ctx context.Context, n int) error {
	fmt.Println("| server | mode | pauses | Pause to the last read's end: p50 | p99 | " +
		"Resume to the first read: p50 | p99 |")
	fmt.Println("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
	for _, mode := range []struct {
		name string
		m    stream.ReadAhead
	}{{"pull", stream.ReadAheadNever}, {"read-ahead", stream.ReadAheadAlways}} {
		for _, supply := range supplies {
			pause, resume, err := latencies(ctx, n, supply.sql, mode.m)
			if err != nil {
				return err
			}
			fmt.Printf("| %s | %s | %d | %s | %s | %s | %s |\n", supply.name, mode.name, n,
				at(pause, 0.5), at(pause, 0.99), at(resume, 0.5), at(resume, 0.99))
		}
	}
	return nil
}

func at(ns []float64, q float64) string {
	return time.Duration(rounds.Quantile(ns, q)).Round(100 * time.Nanosecond).String()
}

// latencies pauses and resumes a stream that is being read.
func latencies(ctx context.Context, n int, sql string, mode stream.ReadAhead) (pause, resume []float64, err error) {
	cfg, err := conn.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, nil, err
	}
	var w *watched
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if w == nil { // the first connection; later ones carry cancel requests
			w = &watched{Conn: nc}
			return w, nil
		}
		return nc, nil
	}
	c, err := conn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the figures are there
	s, err := c.Query(ctx, sql, stream.WithReadAhead(mode))
	if err != nil {
		return nil, nil, err
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for s.Next() {
		}
	}()
	for range n {
		time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
		stopped, began := w.pauseOnce(s)
		pause, resume = append(pause, stopped), append(resume, began)
	}
	err = s.Close()
	<-over
	return pause, resume, err
}

// pauseOnce measures one pause, in nanoseconds: from Pause to the end of the last read, from Resume to the next one's
// beginning.
func (w *watched) pauseOnce(s *stream.Stream) (pause, resume float64) {
	paused := now()
	_ = s.Pause()
	w.settle()
	pause = float64(max(0, w.ended.Load()-paused))
	last := w.began.Load()
	resumed := now()
	_ = s.Resume()
	for w.began.Load() == last {
		time.Sleep(time.Microsecond)
	}
	return pause, float64(w.began.Load() - resumed)
}

// settle waits until no read has ended for a while, and none is under way.
func (w *watched) settle() {
	for {
		ended := w.ended.Load()
		time.Sleep(300 * time.Microsecond)
		if !w.inside.Load() && w.ended.Load() == ended {
			return
		}
	}
}
