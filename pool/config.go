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

// Config says which connections a pool holds, and what it does when there is none. Only Conn must be given; the zero
// value of every other field means its default. New works on a copy.
type Config struct {
	Conn *conn.Config

	MaxConns int // connections at a time; 0: the larger of 4 and the number of processors (GOMAXPROCS)
	MinConns int // connections kept open, idle or in use; they are made in the background

	// MaxConnLifetime is the age at which a connection is closed instead of lent again, and up to a tenth more, by chance, so that
	// connections made together do not end together. 0: 1 h; negative: none.
	MaxConnLifetime time.Duration
	// MaxConnIdleTime is how long a connection above MinConns may be idle. 0: 30 min; negative: for ever.
	MaxConnIdleTime time.Duration
	// HealthCheckPeriod is the time between two sweeps, which close what is too old or idle too long and keep MinConns.
	// 0: 1 min.
	HealthCheckPeriod time.Duration
	// PingIdle is the idle time after which a connection has to answer a ping before it is lent. 0: 1 s; negative: never.
	PingIdle time.Duration
	// AcquireTimeout bounds the wait for a stream slot and a connection, connecting included, beside the context of the
	// query. 0: none.
	AcquireTimeout time.Duration
	// MaxStreams bounds the streams of Query and QueryArgs at a time. 0: MaxConns. A number below MaxConns keeps
	// connections free for Acquire.
	MaxStreams int

	Retry   Retry
	Breaker Breaker

	// AfterConnect is called with each new connection before its first use. An error closes the connection, and is the
	// error of the connect. It is bounded by Conn.ConnectTimeout.
	AfterConnect func(ctx context.Context, c *conn.Conn) error
	// Name is the label pool of the metrics. Default: the name of the database. Two pools of one name share their series.
	Name string
	// Logger is silent by default.
	Logger *slog.Logger
	// WarnAfter has Logger warn, once, of a connection that has been lent for so long; sweeps look for them. 0: never.
	WarnAfter time.Duration
}

// Retry says how often a query is tried, and how long the pool rests in between: MinDelay after the first attempt,
// doubled up to MaxDelay, each half as long to one and a half times as long by chance.
type Retry struct {
	Attempts           int           // in all; 0: 3; 1 or negative: no retry
	MinDelay, MaxDelay time.Duration // 0: 50 ms, 1 s
}

// Breaker says when new connections are refused for a while without being tried.
type Breaker struct {
	Failures         int           // in a row that open the breaker; 0: 5; negative: no breaker
	MinOpen, MaxOpen time.Duration // how long it stays open, doubled with each probe that fails; 0: 1 s, 30 s
}

// withDefaults is a checked copy in which nothing is left zero that has a default.
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

// check looks at a configuration that has its defaults.
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
