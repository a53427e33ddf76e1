// Compare runs all contestants through all events in interleaved rounds, each run in a separate process, and writes
// tables and charts.
//
//	go run ./cmd/compare -dsn "$DATABASE_URL"
//
// Without a DSN only the events with the synthetic server are run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	events, err := chosen(schedule(), o)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system empties its temporary directory
	b, err := build(ctx, dir)
	if err != nil {
		return err
	}
	r := &report.Report{Machine: report.ThisMachine(b.contest), Rounds: o.rounds, Scale: o.scale}
	if o.dsn != "" {
		if r.Machine.PostgreSQL, err = serverVersion(ctx, o.dsn); err != nil {
			return err
		}
	}
	return compete(ctx, o, events, b, r)
}

// compete runs the events one after the other, and writes the results after each.
func compete(ctx context.Context, o options, events []event, b binaries, r *report.Report) error {
	failed := 0
	for _, e := range events {
		result, err := e.run(ctx, o, b)
		if err != nil {
			return err
		}
		r.Events = append(r.Events, result)
		r.Machine.LoadAfter, r.Machine.Seconds = report.Load(), time.Since(r.Machine.Started).Seconds()
		if err := r.Write(o.out, o.name); err != nil {
			return err
		}
		for _, entry := range result.Entries {
			if entry.Failure != "" {
				failed++
			}
		}
	}
	fmt.Print(r.Text())
	if failed > 0 {
		return errors.New("some runs failed: see the messages above")
	}
	return nil
}

func serverVersion(ctx context.Context, dsn string) (string, error) {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	return conn.ParameterStatus("server_version"), conn.Close(ctx)
}
