package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// config is everything that can be set. Secrets come from the environment and from files, because everybody on the
// machine can read the command line.
type config struct {
	pool  *pool.Config // DATABASE_URL, pool_max_conns and its like included
	keys  keyring
	views map[string]view

	listen, adminListen string
	role                string
	maxRows             uint64        // of one answer; 0: none
	acquireTimeout      time.Duration // wait for a connection, then 503
	statementTimeout    time.Duration // of a query as a whole, the time included in which its client does not read
	silence             time.Duration // of the database, before the first row and between rows
	writeTimeout        time.Duration // of one write to a client
	readHeaderTimeout   time.Duration
	readyTimeout        time.Duration
	drainGrace          time.Duration // from SIGTERM to the end of the listener
	drainTimeout        time.Duration // what requests under way have left then
	cancelTimeout       time.Duration // what they have to end in when they are cancelled
}

// readConfig reads flags and environment. Usage goes to out.
func readConfig(args []string, out io.Writer) (config, error) {
	c := config{views: views, cancelTimeout: 5 * time.Second}
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&c.listen, "listen", "localhost:8080", "`address` for clients; TLS is the gateway's")
	flags.StringVar(&c.adminListen, "admin-listen", "localhost:9090",
		"`address` for operators: /metrics, /debug/fraiseql; empty: none")
	tokens := flags.String("tokens", "", "`file` of those who may ask: token, tenant and name in each line")
	flags.StringVar(&c.role, "role", "fraiseql_demo_reader",
		"role whose rights queries have; row level security must hold for it")
	flags.Uint64Var(&c.maxRows, "max-rows", 0, "rows of one answer at most; 0: no bound")
	flags.DurationVar(&c.acquireTimeout, "acquire-timeout", 2*time.Second, "wait for a connection, then 503")
	flags.DurationVar(&c.statementTimeout, "statement-timeout", 10*time.Minute, "time of a query as a whole")
	flags.DurationVar(&c.silence, "silence", time.Minute, "time in which the database says nothing")
	flags.DurationVar(&c.writeTimeout, "write-timeout", time.Minute, "time in which a client takes nothing")
	flags.DurationVar(&c.readHeaderTimeout, "read-header-timeout", 10*time.Second, "time for the headers of a request")
	flags.DurationVar(&c.readyTimeout, "ready-timeout", time.Second, "time for the database to answer /readyz")
	flags.DurationVar(&c.drainGrace, "drain-grace", 5*time.Second,
		"time after SIGTERM in which requests are still taken, while /readyz says 503")
	flags.DurationVar(&c.drainTimeout, "drain-timeout", 10*time.Second, "time for requests under way after that")
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
