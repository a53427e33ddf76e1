package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
)

// options holds the command line options.
type options struct {
	dsn       string
	rounds    int
	scale     float64  // of rows and repetitions
	events    []string // patterns; none: all
	only      []string // patterns of contestants; none: all. The base always runs.
	out, name string
	clientCPU string // for the synthetic server's events, as a taskset list; "": any
	serverCPU string
}

func parseOptions(args []string) (options, error) {
	var o options
	var events, only string
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.StringVar(&o.dsn, "dsn", "", "PostgreSQL server, with sslmode=disable; default DATABASE_URL")
	f.IntVar(&o.rounds, "rounds", 11, "number of runs of each contestant in each event")
	f.Float64Var(&o.scale, "scale", 1, "multiplies rows and repetitions: 0.1 for a quick run")
	f.StringVar(&events, "events", "", "comma-separated patterns of events, as in synthetic-*; default all")
	f.StringVar(&only, "only", "", "comma-separated patterns of contestants; default all")
	f.StringVar(&o.out, "out", "../results", "directory of the results")
	f.StringVar(&o.name, "name", "peers", "name of the results' files")
	f.StringVar(&o.clientCPU, "client-cpu", cpu(0), "taskset list for clients of the synthetic server; empty: none")
	f.StringVar(&o.serverCPU, "server-cpu", cpu(1), "taskset list for the synthetic server; empty: none")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.dsn = cmp.Or(o.dsn, os.Getenv("DATABASE_URL"))
	o.events, o.only = patterns(events), patterns(only)
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q: there are only flags", f.Arg(0))
	case o.rounds < 1:
		return o, errors.New("-rounds must be 1 or more")
	case o.scale <= 0:
		return o, errors.New("-scale must be above 0")
	}
	for _, p := range slices.Concat(o.events, o.only) {
		if _, err := path.Match(p, ""); err != nil {
			return o, fmt.Errorf("the pattern %q is malformed", p)
		}
	}
	return o, nil
}

// cpu returns a processor's number, or "" if there is no such processor or no taskset program.
func cpu(n int) string {
	if runtime.GOOS != "linux" || runtime.NumCPU() < 2 {
		return ""
	}
	return fmt.Sprint(n)
}

func patterns(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// matches reports whether a pattern matches name; an empty list matches all names.
func matches(list []string, name string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(p string) bool {
		ok, _ := path.Match(p, name)
		return ok
	})
}
