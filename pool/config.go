package pool

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Defaults of Config. MaxConns defaults to the larger of MinDefaultMaxConns and the number of processors.
const (
	MinDefaultMaxConns       = 4
	DefaultMaxConnLifetime   = time.Hour
	DefaultMaxConnIdleTime   = 30 * time.Minute
	DefaultHealthCheckPeriod = time.Minute
	DefaultPingIdle          = time.Second
)

// Config configures a pool. Only Conn is required; the zero value of every other field means its default. New makes a
// copy.
type Config struct {
	Conn *conn.Config

	MaxConns int // maximum number of connections; 0: the larger of 4 and the number of processors (GOMAXPROCS)
	MinConns int // connections kept open, idle or in use; they are opened in the background

	// MaxConnLifetime is the age at which a connection is closed instead of being lent again. A random time of up to a
	// tenth is added, so that connections opened together are not closed together. 0: 1 h; negative: no limit.
	MaxConnLifetime time.Duration
	// MaxConnIdleTime is how long connections in excess of MinConns may be idle. 0: 30 min; negative: no limit.
	MaxConnIdleTime time.Duration
	// HealthCheckPeriod is the time between two sweeps. A sweep closes connections that are too old or have been idle
	// for too long, and opens connections up to MinConns. 0: 1 min.
	HealthCheckPeriod time.Duration
	// PingIdle is the idle time after which a connection must answer a ping before it is lent. 0: 1 s; negative: never.
	PingIdle time.Duration
	// AcquireTimeout bounds the wait for a stream slot and a connection, including the time to connect, in addition to
	// the context of the query. 0: none.
	AcquireTimeout time.Duration
	// MaxStreams bounds the number of simultaneous streams of Query and QueryArgs. 0: MaxConns. A number below MaxConns
	// keeps connections free for Acquire.
	MaxStreams int

	Retry   Retry
	Breaker Breaker

	// AfterConnect is called with each new connection before its first use. If it returns an error, the connection is
	// closed, and the connect fails with that error. Its context has the timeout Conn.ConnectTimeout.
	AfterConnect func(ctx context.Context, c *conn.Conn) error
	// Name is the label pool of the metrics. Default: the name of the database. Pools with the same name share their
	// series.
	Name string
	// Logger discards everything by default.
	Logger *slog.Logger
	// WarnAfter is how long a connection may be lent before a sweep logs a warning about it, once. 0: no warnings.
	WarnAfter time.Duration
}

// Retry determines how often a query is tried, and the delay between attempts: MinDelay after the first, then doubled
// up to MaxDelay. Each delay is multiplied by a random factor between 0.5 and 1.5.
type Retry struct {
	Attempts           int           // including the first; 0: 3; 1 or negative: no retry
	MinDelay, MaxDelay time.Duration // 0: 50 ms, 1 s
}

// Breaker determines when new connections are rejected for a while without being tried.
type Breaker struct {
	Failures         int           // failures in a row that open the breaker; 0: 5; negative: no breaker
	MinOpen, MaxOpen time.Duration // how long the breaker stays open, doubled with each probe that fails; 0: 1 s, 30 s
}

// withDefaults returns a checked copy with all defaults filled in.
func (c *Config) withDefaults() (*Config, error) {
	if c == nil || c.Conn == nil {
		return nil, &werr.ConfigError{Key: "Conn", Detail: "the pool needs a configuration of its connections; use pool.ParseConfig or conn.ParseConfig"}
	}
	if err := c.Conn.Validate(); err != nil {
		return nil, err
	}
	full := *c
	full.Conn = c.Conn.Clone()
	setDefault(&full.MaxConns, max(MinDefaultMaxConns, runtime.GOMAXPROCS(0)))
	setDefault(&full.MaxStreams, full.MaxConns)
	setDefault(&full.MaxConnLifetime, DefaultMaxConnLifetime)
	setDefault(&full.MaxConnIdleTime, DefaultMaxConnIdleTime)
	setDefault(&full.HealthCheckPeriod, DefaultHealthCheckPeriod)
	setDefault(&full.PingIdle, DefaultPingIdle)
	setDefault(&full.Retry.Attempts, 3)
	setDefault(&full.Retry.MinDelay, 50*time.Millisecond)
	setDefault(&full.Retry.MaxDelay, max(time.Second, full.Retry.MinDelay))
	setDefault(&full.Breaker.Failures, 5)
	setDefault(&full.Breaker.MinOpen, time.Second)
	setDefault(&full.Breaker.MaxOpen, max(30*time.Second, full.Breaker.MinOpen))
	setDefault(&full.Logger, slog.New(slog.DiscardHandler))
	setDefault(&full.Name, full.Conn.WithDefaults().Database)
	return &full, full.check()
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check checks a configuration that has its defaults.
func (c *Config) check() error {
	rules := []struct {
		bad   bool
		key   string
		value any
		want  string
	}{
		{c.MaxConns < 1, "MaxConns", c.MaxConns, "1 or more, or 0 for the default"},
		{c.MinConns < 0, "MinConns", c.MinConns, "0 or more"},
		{c.MinConns > c.MaxConns, "MinConns", c.MinConns, fmt.Sprintf("at most MaxConns, %d", c.MaxConns)},
		{c.MaxStreams < 1, "MaxStreams", c.MaxStreams, "1 or more, or 0 for MaxConns"},
		{c.MaxStreams > c.MaxConns, "MaxStreams", c.MaxStreams, fmt.Sprintf("at most MaxConns, %d", c.MaxConns)},
		{c.HealthCheckPeriod < 0, "HealthCheckPeriod", c.HealthCheckPeriod, "a positive duration, or 0 for the default"},
		{c.AcquireTimeout < 0, "AcquireTimeout", c.AcquireTimeout, "a positive duration, or 0 for none"},
		{c.WarnAfter < 0, "WarnAfter", c.WarnAfter, "a positive duration, or 0 for none"},
		{c.Retry.MinDelay < 0, "Retry.MinDelay", c.Retry.MinDelay, "a positive duration, or 0 for the default"},
		{c.Retry.MaxDelay < c.Retry.MinDelay, "Retry.MaxDelay", c.Retry.MaxDelay,
			fmt.Sprintf("at least MinDelay, %v", c.Retry.MinDelay)},
		{c.Breaker.MinOpen < 0, "Breaker.MinOpen", c.Breaker.MinOpen, "a positive duration, or 0 for the default"},
		{c.Breaker.MaxOpen < c.Breaker.MinOpen, "Breaker.MaxOpen", c.Breaker.MaxOpen,
			fmt.Sprintf("at least MinOpen, %v", c.Breaker.MinOpen)},
	}
	for _, r := range rules {
		if r.bad {
			return &werr.ConfigError{Key: r.key, Detail: fmt.Sprintf("%v: want %s", r.value, r.want)}
		}
	}
	return nil
}
