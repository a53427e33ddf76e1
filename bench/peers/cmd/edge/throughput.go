package main

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
)

// throughput prints the cost of a row for this process, and its time, for each way of serving.
func throughput(ctx context.Context, p place, n int) error {
	all := ways()
	sides := make([]rounds.Side, len(all))
	for i, w := range all {
		addr, stop, err := w.serve(ctx, p)
		if err != nil {
			return err
		}
		defer stop()
		sides[i] = rounds.Side{Name: w.name, Run: func() error { return drain(addr, p.query.Rows*int64(p.size)) }}
	}
	samples, err := rounds.Run(n, sides...)
	if err != nil {
		return err
	}
	base, pgx := samples[0], samples[len(samples)-1]
	fmt.Printf("%s, %d rows of %d bytes, %d rounds: processor time of the HTTP server, and wall time\n",
		p.name, p.query.Rows, p.size, n)
	for i, side := range samples {
		fmt.Printf("  %-8s CPU %6.0f ns per row, to pgx %s; wall %6.0f ns per row, to WriteTo %s\n", all[i].name,
			float64(rounds.Median(side, rounds.CPU))/float64(p.query.Rows), spread(side, pgx, rounds.CPU),
			float64(rounds.Median(side, rounds.Wall))/float64(p.query.Rows), spread(side, base, rounds.Wall))
	}
	return nil
}

// serve starts a server that serves in this way.
func (w way) serve(ctx context.Context, p place) (addr string, stop func(), err error) {
	handler, closing, err := w.open(ctx, p)
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		closing()
		return "", nil, err
	}
	server := &http.Server{Handler: handler}
	go server.Serve(l) //nolint:errcheck // it ends with stop
	return l.Addr().String(), func() { _ = server.Close(); closing() }, nil
}
