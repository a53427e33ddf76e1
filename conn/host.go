package conn

import (
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Host is where a server may be. Values can be compared.
type Host struct {
	// Name is a name to look up, an IP address, or a unix socket's directory: whatever has a slash in it, or begins with
	// "@", the mark of Linux's abstract sockets.
	Name string
	// Port is also part of a unix socket's file name. 0: DefaultPort.
	Port uint16
	// Addr (hostaddr) is an IP address to connect to, so that Name is not looked up. Name, if there is one, is what
	// certificates are verified against, and the password file is searched for.
	Addr string
}

// isSocket says whether the host is a unix socket.
func (h Host) isSocket() bool {
	return h.Addr == "" && (strings.Contains(h.Name, "/") || strings.HasPrefix(h.Name, "@"))
}

// network and address are what to dial, with the name not yet looked up.
func (h Host) network() string {
	if h.isSocket() {
		return "unix"
	}
	return "tcp"
}

func (h Host) address() string {
	if h.isSocket() {
		return socketPath(h.Name, h.Port)
	}
	name := h.Addr
	if name == "" {
		name = h.Name
	}
	return net.JoinHostPort(name, strconv.Itoa(int(h.Port)))
}

// String is the host as error texts show it: name and port, and the address where one was given.
func (h Host) String() string {
	if h.Name == "" || h.Addr == "" {
		return h.address()
	}
	return net.JoinHostPort(h.Name, strconv.Itoa(int(h.Port))) + " (" + h.Addr + ")"
}

// hostsInOrder are the hosts as one connect tries them: as listed, or shuffled if load_balance_hosts says so.
func (c *Config) hostsInOrder() []Host {
	hosts := slices.Clone(c.Hosts)
	c.balance(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	return hosts
}

// balance shuffles n things if load_balance_hosts says so: hosts, or the addresses of one.
func (c *Config) balance(n int, swap func(i, j int)) {
	if c.LoadBalanceHosts == LoadBalanceRandom {
		rand.Shuffle(n, swap)
	}
}
