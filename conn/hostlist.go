package conn

import (
	"strconv"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// hosts puts host, hostaddr and port together: lists with commas, which must match. There may be one port for all
// hosts. An empty entry is a default. Manual: "Specifying Multiple Hosts".
func (s settings) hosts(c *Config) error {
	names, addrs := splitList(s["host"].value), splitList(s["hostaddr"].value)
	n := max(len(names), len(addrs), 1)
	if len(names) > 0 && len(addrs) > 0 && len(names) != len(addrs) {
		return &werr.ConfigError{Key: "hostaddr", Detail: "there must be as many addresses as hosts: " +
			countsText(len(addrs), len(names)) + s["hostaddr"].origin()}
	}
	ports, problem := parsePorts(s["port"].value)
	if problem == "" && len(ports) > 1 && len(ports) != n {
		problem = "there must be one port, or as many as hosts: " + countsText(len(ports), n)
	}
	if problem != "" {
		return &werr.ConfigError{Key: "port", Detail: problem + s["port"].origin()}
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

func splitList(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// parsePorts reads a list of ports; an empty entry is 0, the default.
func parsePorts(value string) (ports []uint16, problem string) {
	for _, text := range splitList(value) {
		var port uint64
		if text = strings.Trim(text, space); text != "" {
			var err error
			if port, err = strconv.ParseUint(text, 10, 16); err != nil || port == 0 {
				return nil, "a port is not a number from 1 to 65535"
			}
		}
		ports = append(ports, uint16(port))
	}
	return ports, ""
}
