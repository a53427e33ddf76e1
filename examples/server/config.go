package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// config contains all settings. Secrets come from the environment and from files, because all users of the machine
// can read the command line.
type config struct {
	pool  *pool.Config // DATABASE_URL, including pool_max_conns and the like
	keys  keyring
	views map[string]view

	listen, adminListen string
	role                string
	maxRows             uint64        // in one answer; 0: no limit
	acquireTimeout      time.Duration // wait for a connection, then 503
	statementTimeout    time.Duration // for a whole query, including the time in which its client does not read
	silence             time.Duration // from the database, before the first row and between rows
	writeTimeout        time.Duration // for one write to a client
	readHeaderTimeout   time.Duration
	readyTimeout        time.Duration
	drainGrace          time.Duration // from SIGTERM to the end of the listener
	drainTimeout        time.Duration // then, for requests in progress
	cancelTimeout       time.Duration // for these to end once they are cancelled
}

// readConfig reads the flags and the environment. Usage is written to out.
func readConfig(args []string, out io.Writer) (config, error) {
	c := config{views: views, cancelTimeout: 5 * time.Second}
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&c.listen, "listen", "localhost:8080", "`address` for clients; TLS is left to the gateway")
	flags.StringVar(&c.adminListen, "admin-listen", "localhost:9090",
		"`address` for operators: /metrics, /debug/fraiseql; empty: none")
	tokens := flags.String("tokens", "", "`file` of the clients: token, tenant and name in each line")
	flags.StringVar(&c.role, "role", "fraiseql_demo_reader",
		"role that queries run as; row-level security must apply to it")
	flags.Uint64Var(&c.maxRows, "max-rows", 0, "maximum number of rows in an answer; 0: no limit")
	flags.DurationVar(&c.acquireTimeout, "acquire-timeout", 2*time.Second, "wait for a connection, then 503")
	flags.DurationVar(&c.statementTimeout, "statement-timeout", 10*time.Minute, "time limit for a whole query")
	flags.DurationVar(&c.silence, "silence", time.Minute, "time limit for the database to send the next row")
	flags.DurationVar(&c.writeTimeout, "write-timeout", time.Minute, "time limit for one write to a client")
	flags.DurationVar(&c.readHeaderTimeout, "read-header-timeout", 10*time.Second, "time limit for the headers of a request")
	flags.DurationVar(&c.readyTimeout, "ready-timeout", time.Second, "time limit for the database check of /readyz")
	flags.DurationVar(&c.drainGrace, "drain-grace", 5*time.Second,
		"time after SIGTERM in which requests are still accepted, while /readyz returns 503")
	flags.DurationVar(&c.drainTimeout, "drain-timeout", 10*time.Second, "time limit for requests in progress after that")
	if err := flags.Parse(args); err != nil {
		return config{}, err
	}
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	var err error
	if c.keys, err = readKeys(*tokens); err != nil {
		return config{}, err
	}
	c.pool, err = pool.ParseConfig(os.Getenv("DATABASE_URL"))
	return c, err
}
