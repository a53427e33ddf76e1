// Command withpg runs another command with a PostgreSQL server to use, and afterwards stops what it has started.
//
//	go run ./integration/withpg [-versions 15,17,18] [-pgbouncer] [-all] [-init file.sql] -- command arguments...
//
// Package pgserver describes how the server is found. The command gets it in DATABASE_URL, and if several versions were
// requested, each in PG15_URL, PG17_URL and so on. The exit code is that of the command, or 128 plus the signal's
// number if a signal ended it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

const (
	failure = 1
	usage   = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("withpg", flag.ContinueOnError)
	flags.SetOutput(stderr)
	versions := flags.String("versions", pgserver.Versions[0], "major `versions` to start, separated by commas")
	pgbouncer := flags.Bool("pgbouncer", false, "make sure that the program pgbouncer is installed")
	all := flags.Bool("all", os.Getenv("CI") == "true", "fail if not all of this is available; default if CI=true")
	initial := flags.String("init", "", "`file` of SQL to run before the command")
	if err := flags.Parse(args); err != nil {
		return usage
	}
	if flags.NArg() == 0 {
		fmt.Fprintln(stderr, "withpg: name the command to run, after --")
		return usage
	}
	// Signals that arrive while servers are starting must not leave one behind.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	want := wanted{versions: strings.Split(*versions, ","), pgbouncer: *pgbouncer, all: *all}
	servers, err := want.find(signals, stderr)
	defer func() { stop(servers, stderr) }()
	if err != nil {
		fmt.Fprintf(stderr, "withpg: %v\n", err)
		return failure
	}
	if *initial != "" {
		if err := initialize(context.Background(), servers, *initial); err != nil {
			fmt.Fprintf(stderr, "withpg: %v\n", err)
			return failure
		}
	}
	return runWith(servers, flags.Args(), signals, stderr)
}

// wanted is what the command line requests.
type wanted struct {
	versions  []string
	pgbouncer bool
	all       bool
}

// find gives up when a signal arrives. It may return servers with an error.
func (w wanted) find(signals <-chan os.Signal, log io.Writer) ([]*pgserver.Server, error) {
	if servers, err := pgserver.FromEnvironment(); err != nil || len(servers) > 0 {
		return servers, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	found, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case s := <-signals:
			cancel(fmt.Errorf("stopped by a signal: %v", s))
		case <-found:
		}
	}()
	servers, err := pgserver.Find(ctx, w.versions, pgserver.Options{Log: log})
	if err == nil {
		err = w.report(ctx, servers, log)
	}
	close(found)
	<-watched // a signal is either handled here or left for the command
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return servers, err
}

// report prints a line with what is available, and a line for each missing part. The latter are an error if everything
// is required.
func (w wanted) report(ctx context.Context, servers []*pgserver.Server, log io.Writer) error {
	names := make([]string, 0, len(servers))
	for _, s := range servers {
		names = append(names, fmt.Sprintf("%s (%s)", s.Name, s.Source))
	}
	fmt.Fprintf(log, "withpg: PostgreSQL: %s\n", strings.Join(names, ", "))
	var lacks []error
	if missing := pgserver.Missing(w.versions, servers); len(missing) > 0 && servers[0].Own() {
		lacks = append(lacks, fmt.Errorf("PostgreSQL %s is not available here; with Docker it would be",
			strings.Join(missing, ", ")))
	}
	if !servers[0].Own() && w.pgbouncer {
		lacks = append(lacks, errors.New("tests that need roles, certificates or PgBouncer do not run on DATABASE_URL"))
	} else if w.pgbouncer {
		if _, err := pgserver.FindBouncers(ctx, log); err != nil {
			lacks = append(lacks, fmt.Errorf("tests that need PgBouncer do not run: %w", err))
		}
	}
	if w.all {
		return errors.Join(lacks...)
	}
	for _, lack := range lacks {
		fmt.Fprintf(log, "withpg: %v\n", lack)
	}
	return nil
}

func stop(servers []*pgserver.Server, stderr io.Writer) {
	stopped := make(chan error)
	for _, s := range servers {
		go func() { stopped <- s.Stop() }()
	}
	for range servers {
		if err := <-stopped; err != nil {
			fmt.Fprintf(stderr, "withpg: stopping a server: %v\n", err)
		}
	}
}

func runWith(servers []*pgserver.Server, args []string, signals <-chan os.Signal, stderr io.Writer) int {
	env, err := pgserver.Environ(servers)
	if err != nil {
		fmt.Fprintf(stderr, "withpg: %v\n", err)
		return failure
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(stderr, "withpg: %v\n", err)
		return failure
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			pass(s, cmd.Process)
		case err := <-ended:
			return exitCode(err, stderr)
		}
	}
}

// pass forwards a signal. An interrupt from the terminal has reached the command already, and a second one would have
// another meaning.
func pass(s os.Signal, to *os.Process) {
	if s == os.Interrupt && term.IsTerminal(int(os.Stdin.Fd())) {
		return
	}
	// The command may have ended by now; then the error does not matter.
	_ = to.Signal(s)
}

func exitCode(err error, stderr io.Writer) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		fmt.Fprintf(stderr, "withpg: %v\n", err)
		return failure
	case exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return failure
}
