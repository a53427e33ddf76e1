package pool_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"sync"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Variables used by the examples below, which are compiled but not run, because they need a server.
var (
	ctx = context.Background()
	p   *pool.Pool // made by pool.Open
)

func ExampleOpen() {
	p, err := pool.Open(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err) // invalid connection string; a server that is down is detected by Query
	}
	defer p.Close(ctx)

	s, err := p.QueryArgs(ctx, "SELECT data FROM v_user WHERE data->>'country' = $1", []any{"FR"})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close() // gives the connection back, if the end of the rows has not done so
	for s.Next() {
		fmt.Printf("%s\n", s.Row()) // valid until the next call to Next
	}
	if err := s.Err(); err != nil {
		log.Fatal(err)
	}
}

func ExampleNew() {
	cfg, err := pool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	cfg.MaxConns = 12
	cfg.MaxStreams = 8                   // four connections are left for Acquire
	cfg.AcquireTimeout = 2 * time.Second // then *errors.PoolTimeoutError
	p, err := pool.New(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close(ctx)
}

func ExamplePool_Acquire() {
	c, err := p.Acquire(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Release() // ends a stream that still runs
	s, err := c.QueryArgs(ctx, "SELECT data FROM v_user WHERE data->>'id' = $1", []any{"1"})
	if err != nil {
		log.Fatal(err)
	}
	users, err := stream.Collect[map[string]any](s)
	fmt.Println(users, err)
}

// Two pools: each query goes where it belongs.
func ExampleConfig_replicas() {
	open := func(name, attrs string) *pool.Pool {
		cfg, err := pool.ParseConfig("postgres://app@db1,db2,db3/shop?target_session_attrs=" + attrs)
		if err != nil {
			log.Fatal(err)
		}
		cfg.Name = name // or both count as "shop" in the metrics
		p, err := pool.New(ctx, cfg)
		if err != nil {
			log.Fatal(err)
		}
		return p
	}
	primary, replicas := open("shop-primary", "primary"), open("shop-replicas", "prefer-standby")
	defer primary.Close(ctx)
	defer replicas.Close(ctx)
}

// cachedToken keeps a token until shortly before it ends, so that a pool that opens many connections asks for one.
type cachedToken struct {
	fetch func(ctx context.Context) (token string, ends time.Time, err error)

	mu    sync.Mutex
	token string
	ends  time.Time
}

func (c *cachedToken) get(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Until(c.ends) > time.Minute {
		return c.token, nil
	}
	token, ends, err := c.fetch(ctx)
	if err != nil {
		return "", err // the error of the connect
	}
	c.token, c.ends = token, ends
	return token, nil
}

// fetchToken is where a provider's own library is asked.
func fetchToken(context.Context) (string, time.Time, error) {
	return os.Getenv("DB_TOKEN"), time.Now().Add(15 * time.Minute), nil
}

func ExampleConfig_tokens() {
	cfg, err := pool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	tokens := &cachedToken{fetch: fetchToken}
	cfg.Conn.PasswordFunc = tokens.get // once for each host tried; under connect_timeout
	p, err := pool.New(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close(ctx)
}

func ExamplePool_Query_errors() {
	s, err := p.Query(ctx, "SELECT data FROM v_user")

	var open *werr.CircuitOpenError
	var full *werr.PoolTimeoutError
	switch {
	case errors.As(err, &open):
		fmt.Println("the server is down; try again in", open.RetryAfter)
	case errors.As(err, &full):
		fmt.Println("too many queries at a time:", full.InUse, "of", full.Max)
	case errors.Is(err, werr.ErrPoolClosed):
		fmt.Println("the program is about to end")
	case err == nil:
		defer s.Close()
	}
}
