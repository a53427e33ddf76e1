package pool

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// keywords are the keywords of a connection string that belong to the pool. The names are those of pgxpool. Durations
// are written as for time.ParseDuration.
var keywords = map[string]func(c *Config, value string) (problem string){
	"pool_max_conns":           positive(func(c *Config) *int { return &c.MaxConns }),
	"pool_min_conns":           count(func(c *Config) *int { return &c.MinConns }),
	"pool_max_conn_lifetime":   duration(func(c *Config) *time.Duration { return &c.MaxConnLifetime }),
	"pool_max_conn_idle_time":  duration(func(c *Config) *time.Duration { return &c.MaxConnIdleTime }),
	"pool_health_check_period": duration(func(c *Config) *time.Duration { return &c.HealthCheckPeriod }),
}

// ParseConfig reads a connection string: pool_max_conns, pool_min_conns, pool_max_conn_lifetime,
// pool_max_conn_idle_time and pool_health_check_period are removed from it, and conn.ParseConfig reads the rest. Fields
// that the string does not set are left zero; New fills in their defaults, which may depend on what the program has set
// by then. Errors are *errors.ConfigError.
func ParseConfig(text string) (*Config, error) {
	rest, given, err := dsn.Take(text, func(name string) bool { return strings.HasPrefix(name, "pool_") })
	if err != nil {
		return nil, err
	}
	c := &Config{}
	if c.Conn, err = conn.ParseConfig(rest); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		set, known := keywords[name]
		if !known {
			return nil, &werr.ConfigError{Key: name, Detail: "unknown keyword of the pool; other settings are fields of pool.Config"}
		}
		if problem := set(c, given[name]); problem != "" {
			return nil, &werr.ConfigError{Key: name, Detail: problem}
		}
	}
	if _, err := c.withDefaults(); err != nil {
		return nil, err
	}
	return c, nil
}

func positive(field func(*Config) *int) func(*Config, string) string {
	return func(c *Config, value string) string {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 1 {
			return "want a whole number, 1 or more"
		}
		*field(c) = int(n)
		return ""
	}
}

func count(field func(*Config) *int) func(*Config, string) string {
	return func(c *Config, value string) string {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 0 {
			return "want a whole number, 0 or more"
		}
		*field(c) = int(n)
		return ""
	}
}

func duration(field func(*Config) *time.Duration) func(*Config, string) string {
	return func(c *Config, value string) string {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return "want a positive duration with its unit, such as 90s or 1h30m"
		}
		*field(c) = d
		return ""
	}
}
