package pool

import (
	"errors"
	"strings"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestParseConfig(t *testing.T) {
	t.Parallel()
	want := Config{MaxConns: 7, MinConns: 2, MaxConnLifetime: 90 * time.Second, MaxConnIdleTime: time.Hour, HealthCheckPeriod: time.Second}
	for _, text := range []string{
		"postgres://ann:p?w@srv/shop?pool_max_conns=7&pool_min_conns=2&sslmode=disable&pool_max_conn_lifetime=90s&pool_max_conn_idle_time=1h&pool_health_check_period=1s",
		"host=srv user=ann dbname=shop pool_max_conns=7 pool_min_conns = '2' sslmode=disable pool_max_conn_lifetime=90s pool_max_conn_idle_time=1h pool_health_check_period=1s",
	} {
		c, err := ParseConfig(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := Config{MaxConns: c.MaxConns, MinConns: c.MinConns, MaxConnLifetime: c.MaxConnLifetime,
			MaxConnIdleTime: c.MaxConnIdleTime, HealthCheckPeriod: c.HealthCheckPeriod}
		if got.MaxConns != want.MaxConns || got.MinConns != want.MinConns || got.MaxConnLifetime != want.MaxConnLifetime ||
			got.MaxConnIdleTime != want.MaxConnIdleTime || got.HealthCheckPeriod != want.HealthCheckPeriod {
			t.Errorf("%s: %+v", text, got)
		}
		if c.Conn.User != "ann" || c.Conn.Database != "shop" || c.Conn.Hosts[0].Name != "srv" {
			t.Errorf("%s: the connection's settings are %v", text, c.Conn)
		}
	}
}

// A default that depends on another field uses the value that the program has set before New.
func TestParseConfigLeavesDefaultsOpen(t *testing.T) {
	t.Parallel()
	for _, conns := range []int{1, 40} {
		c, err := ParseConfig("host=srv dbname=shop")
		if err != nil {
			t.Fatal(err)
		}
		c.MaxConns = conns
		full, err := c.withDefaults()
		if err != nil || full.MaxStreams != conns || full.Name != "shop" {
			t.Errorf("%d connections: %+v, %v", conns, full, err)
		}
	}
}

func TestParseConfigRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ pair, key string }{
		{"pool_max_conns=x", "pool_max_conns"},
		{"pool_max_conns=0", "pool_max_conns"},
		{"pool_max_conns=-1", "pool_max_conns"},
		{"pool_max_conns=99999999999", "pool_max_conns"},
		{"pool_min_conns=-1", "pool_min_conns"},
		{"pool_max_conn_lifetime=10", "pool_max_conn_lifetime"},
		{"pool_max_conn_idle_time=-1s", "pool_max_conn_idle_time"},
		{"pool_ping_timeout=1s", "pool_ping_timeout"},
		{"pool_max_conns=1 pool_min_conns=2", "MinConns"},
		{"sslmode=never", "sslmode"},
	}
	for _, tt := range tests {
		t.Run(tt.pair, func(t *testing.T) {
			t.Parallel()
			for _, text := range []string{"host=srv " + tt.pair, "postgres://srv/d?" + strings.ReplaceAll(tt.pair, " ", "&")} {
				_, err := ParseConfig(text)
				var refused *werr.ConfigError
				if !errors.As(err, &refused) || refused.Key != tt.key {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
	}
}
