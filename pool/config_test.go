package pool

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	got, err := (&Config{Conn: &conn.Config{User: "ann", Database: "shop"}}).withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	got.Conn, got.Logger = nil, nil
	conns := max(4, runtime.GOMAXPROCS(0))
	want := &Config{
		MaxConns: conns, MaxStreams: conns, MaxConnLifetime: time.Hour, MaxConnIdleTime: 30 * time.Minute,
		HealthCheckPeriod: time.Minute, PingIdle: time.Second, Name: "shop",
		Retry:   Retry{Attempts: 3, MinDelay: 50 * time.Millisecond, MaxDelay: time.Second},
		Breaker: Breaker{Failures: 5, MinOpen: time.Second, MaxOpen: 30 * time.Second},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

// If one of two related bounds is set, the default of the other is adjusted to it.
func TestConfigDefaultsFollow(t *testing.T) {
	t.Parallel()
	got, err := (&Config{
		Conn: &conn.Config{User: "ann"}, Retry: Retry{MinDelay: time.Minute}, Breaker: Breaker{MinOpen: time.Hour},
	}).withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if got.Retry.MaxDelay != time.Minute || got.Breaker.MaxOpen != time.Hour || got.Name != "ann" {
		t.Errorf("%+v %+v name %q", got.Retry, got.Breaker, got.Name)
	}
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  *Config
		key  string
	}{
		{"nil", nil, "Conn"},
		{"no connection", &Config{}, "Conn"},
		{"a connection that cannot be right", &Config{Conn: &conn.Config{SSLMode: 99}}, "sslmode"},
		{"MaxConns", &Config{MaxConns: -1}, "MaxConns"},
		{"MinConns", &Config{MinConns: -1}, "MinConns"},
		{"MinConns above MaxConns", &Config{MaxConns: 3, MinConns: 4}, "MinConns"},
		{"MaxStreams", &Config{MaxStreams: -1}, "MaxStreams"},
		{"MaxStreams above MaxConns", &Config{MaxConns: 3, MaxStreams: 4}, "MaxStreams"},
		{"HealthCheckPeriod", &Config{HealthCheckPeriod: -1}, "HealthCheckPeriod"},
		{"AcquireTimeout", &Config{AcquireTimeout: -1}, "AcquireTimeout"},
		{"WarnAfter", &Config{WarnAfter: -1}, "WarnAfter"},
		{"MinDelay", &Config{Retry: Retry{MinDelay: -1}}, "Retry.MinDelay"},
		{"MaxDelay", &Config{Retry: Retry{MinDelay: 2, MaxDelay: 1}}, "Retry.MaxDelay"},
		{"MinOpen", &Config{Breaker: Breaker{MinOpen: -1}}, "Breaker.MinOpen"},
		{"MaxOpen", &Config{Breaker: Breaker{MinOpen: 2, MaxOpen: 1}}, "Breaker.MaxOpen"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.cfg != nil && tt.cfg.Conn == nil && tt.key != "Conn" {
				tt.cfg.Conn = &conn.Config{User: "ann"}
			}
			p, err := New(t.Context(), tt.cfg)
			var refused *werr.ConfigError
			if p != nil || !errors.As(err, &refused) || refused.Key != tt.key || !strings.Contains(err.Error(), tt.key) {
				t.Errorf("%v: want a ConfigError of %s", err, tt.key)
			}
		})
	}
}
