//go:build unix

package integration_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// When the primary dies, running streams fail with an error, and later queries are answered by the promoted standby,
// without a Reset or a new pool.
func TestPoolFailover(t *testing.T) {
	t.Parallel()
	top := testbed.NewTopology(t)
	list := top.Primary.List(top.Standby) + "&target_session_attrs=read-write"
	p := newPool(t, list, func(cfg *pool.Config) {
		cfg.MaxConns = 4
		cfg.Retry = pool.Retry{Attempts: 1000, MinDelay: 10 * time.Millisecond, MaxDelay: 100 * time.Millisecond}
		cfg.Breaker.Failures = -1
	})
	standby := testbed.Connect(t, top.Standby.DSN())
	var running []*stream.Stream
	var backends []uint32
	for range 3 {
		running = append(running, endlessStream(t, p))
	}
	idle := poolPID(t, p) // one more connection, which is idle
	for info := range stream.Running() {
		if info.Entity == p.Name() {
			backends = append(backends, info.PID)
		}
	}
	top.Primary.Crash(append(backends, idle)...)
	if got := testbed.Ask(t, standby, "SELECT to_json(pg_promote()) AS data"); got != "true" {
		t.Fatalf("pg_promote says %s", got)
	}
	for _, s := range running {
		for s.Next() {
		}
		if s.Err() == nil {
			t.Error("a stream of the dead primary ended without an error")
		}
		_ = s.Close()
	}
	for range 8 {
		s := poolQuery(t, p, "SELECT to_json(current_setting('port')) AS data")
		got, err := stream.Collect[json.RawMessage](s)
		if err != nil || len(got) != 1 || strings.Trim(string(got[0]), `"`) != top.Standby.Port {
			t.Errorf("answered by %s, %v; the standby is at %s", got, err, top.Standby.Port)
		}
	}
}

// A server that was made read-only loses its connections: a query that needs a primary fails once, and the pool
// continues with a server that is one.
func TestPoolLeavesAReadOnlyServer(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) {
		cfg.MaxConns = 1
		cfg.Conn.TargetSessionAttrs = conn.ReadWriteSession
	})
	before := poolPID(t, p)
	s, err := p.Query(testbed.Context(t), "SELECT to_json(nextval('pg_catalog.nothing')) AS data")
	if err == nil {
		_ = s.Close()
		t.Fatal("no error")
	}
	if poolPID(t, p) != before {
		t.Error("an error of the query cost the connection")
	}
	testbed.Execute(t, testbed.Connect(t, testbed.DSN(t)), "CREATE SEQUENCE IF NOT EXISTS pool_read_only")
	refused := poolQuery(t, p, "SELECT to_json(nextval('pool_read_only')) AS data", stream.WithReadOnly())
	for refused.Next() {
	}
	err = refused.Err()
	if got := testbed.SQLState(err); got != "25006" {
		t.Errorf("SQLSTATE %s, %v", got, err)
	}
	if poolPID(t, p) == before {
		t.Error("the connection to the read-only server was lent again")
	}
}
