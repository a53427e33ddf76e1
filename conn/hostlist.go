package conn

import (
	"strconv"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// setHosts sets Hosts from host, hostaddr and port: lists separated by commas, which must have the same length,
// except that one port may serve all hosts. An empty entry means the default. Manual: "Specifying Multiple Hosts".
func (c *Config) setHosts(given dsn.Settings) error {
	names, addrs := dsn.SplitList(given["host"].Text), dsn.SplitList(given["hostaddr"].Text)
	n := max(len(names), len(addrs), 1)
	if len(names) > 0 && len(addrs) > 0 && len(names) != len(addrs) {
		return &werr.ConfigError{Key: "hostaddr", Detail: "there must be as many addresses as hosts: " +
			countsText(len(addrs), len(names)) + given["hostaddr"].Origin()}
	}
	ports, problem := dsn.ParsePorts(given["port"].Text)
	if problem == "" && len(ports) > 1 && len(ports) != n {
		problem = "there must be one port, or as many as hosts: " + countsText(len(ports), n)
	}
	if problem != "" {
		return &werr.ConfigError{Key: "port", Detail: problem + given["port"].Origin()}
	}
	c.Hosts = make([]Host, n)
	for i := range c.Hosts {
		h := &c.Hosts[i]
		if len(names) > 0 {
			h.Name = names[i]
		}
		if len(addrs) > 0 {
			h.Addr = addrs[i]
		}
		if len(ports) > 0 {
			h.Port = ports[min(i, len(ports)-1)]
		}
	}
	return nil
}

func countsText(have, want int) string { return strconv.Itoa(have) + " for " + strconv.Itoa(want) }
