package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"
	"github.com/fraiseql/fraiseql-wire-go/bench/peers/report"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// run runs all rounds of an event: A B C, A B C, and so on.
func (e event) run(ctx context.Context, o options, b binaries) (*report.Event, error) {
	result := &report.Event{Name: e.name, Title: e.title, Main: e.main, Base: e.contestants[0]}
	for _, name := range e.contestants {
		result.Entries = append(result.Entries, &report.Entry{Name: name})
	}
	at := place{dsn: o.dsn}
	if e.target == workload.Synthetic {
		at.cpu = o.clientCPU
		serverCPU := o.serverCPU
		if e.sameCPU {
			serverCPU = o.clientCPU
		}
		dsn, stop, err := startSynthetic(ctx, b, serverCPU)
		if err != nil {
			return nil, err
		}
		defer stop()
		at.dsn = dsn
	}
	for round := range o.rounds {
		fmt.Fprintf(os.Stderr, "%s: round %d of %d\n", e.name, round+1, o.rounds)
		for _, entry := range result.Entries {
			e.once(ctx, at, b, entry)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	return result, nil
}

// place is the processor that a client runs on, and the server that it uses.
type place struct{ dsn, cpu string }

// once runs one contestant in a separate process and records its result.
func (e event) once(ctx context.Context, at place, b binaries, entry *report.Entry) {
	sample, err := e.sample(ctx, at, b, entry.Name)
	if err != nil {
		entry.Failure = err.Error()
		fmt.Fprintf(os.Stderr, "%s: %s failed: %v\n", e.name, entry.Name, err)
	}
	if sample.About != "" {
		entry.About = sample.About
	}
	entry.Rounds = append(entry.Rounds, sample.Figures)
}

func (e event) sample(ctx context.Context, at place, b binaries, contestant string) (s measure.Sample, err error) {
	program := b.of(contestant)
	if program == "" {
		return s, fmt.Errorf("this Go cannot build %s", contestant)
	}
	cmd := pinned(ctx, at.cpu, program, "-contestant", contestant, "-kind", string(e.kind), "-target", string(e.target),
		"-size", fmt.Sprint(e.size), "-rows", fmt.Sprint(e.rows), "-repeat", fmt.Sprint(e.repeat))
	cmd.Env = append(os.Environ(), "DATABASE_URL="+at.dsn) // not an argument: it may hold a password
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return s, json.Unmarshal(out, &s)
}
