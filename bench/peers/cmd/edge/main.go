package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

func main() {
	served.ServeIfChild()
	drainIfChild()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dsn := flag.String("dsn", "", "PostgreSQL server, with sslmode=disable; default DATABASE_URL")
	rounds := flag.Int("rounds", 9, "number of runs of each way of serving")
	flag.Parse()
	s, err := served.Child(served.Unix)
	if err != nil {
		return err
	}
	defer s.Close()
	socket := "postgres://bench@/bench?sslmode=disable&host=" + s.Config().Hosts[0].Name
	places := []place{
		{"synthetic", socket, 120, workload.Rows(workload.Synthetic, 2_000_000, 120)},
		{"synthetic", socket, 1 << 10, workload.Rows(workload.Synthetic, 400_000, 1<<10)},
	}
	*dsn = cmp.Or(*dsn, os.Getenv("DATABASE_URL"))
	if *dsn != "" {
		places = append(places,
			place{"PostgreSQL", *dsn, 120, workload.Rows(workload.Postgres, 300_000, 120)},
			place{"PostgreSQL", *dsn, 1 << 10, workload.Rows(workload.Postgres, 100_000, 1<<10)})
	}
	for _, p := range places {
		if err := throughput(ctx, p, *rounds); err != nil {
			return err
		}
	}
	if err := slowReaders(ctx, places[len(places)-2]); err != nil {
		return err
	}
	if *dsn == "" {
		return nil
	}
	if err := firstByte(ctx, *dsn); err != nil {
		return err
	}
	return clientGone(ctx, *dsn)
}

// place is a database server, and the query whose rows are served.
type place struct {
	name, dsn string
	size      int // bytes of a row
	query     workload.Query
}
