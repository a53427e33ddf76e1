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

// isSocket reports whether the host is a unix socket.
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

// String returns the host as error texts show it: name and port, and the address where one was given.
func (h Host) String() string {
	if h.Name == "" || h.Addr == "" {
		return h.address()
	}
	return net.JoinHostPort(h.Name, strconv.Itoa(int(h.Port))) + " (" + h.Addr + ")"
}

// hostsInOrder returns the hosts in the order in which one connect tries them.
func (c *Config) hostsInOrder() []Host { return inOrder(c.LoadBalanceHosts, slices.Clone(c.Hosts)) }

// inOrder shuffles hosts, or the addresses of one, if load_balance_hosts says so.
func inOrder[T any](b LoadBalanceHosts, list []T) []T {
	if b == LoadBalanceRandom {
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list
}
