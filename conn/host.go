package conn

import (
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Host is a place where a server may be. Hosts are comparable.
type Host struct {
	// Name is a host name, an IP address, or the directory of a Unix socket if it contains a slash or begins with
	// "@", which marks Linux's abstract sockets.
	Name string
	// Port is also part of a Unix socket's file name. 0 means DefaultPort.
	Port uint16
	// Addr (hostaddr) is an IP address to connect to, so that Name is not looked up. Name, if set, is then used to
	// verify certificates and to search the password file.
	Addr string
}

// isSocket reports whether the host is a Unix socket.
func (h Host) isSocket() bool {
	return h.Addr == "" && (strings.Contains(h.Name, "/") || strings.HasPrefix(h.Name, "@"))
}

// network and address return what to dial, with the name not yet looked up.
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

// String returns the host as shown in error texts: name and port, and the address if one was given.
func (h Host) String() string {
	if h.Name == "" || h.Addr == "" {
		return h.address()
	}
	return net.JoinHostPort(h.Name, strconv.Itoa(int(h.Port))) + " (" + h.Addr + ")"
}

// hostsInOrder returns the hosts in the order in which a connect tries them.
func (c *Config) hostsInOrder() []Host { return inOrder(c.LoadBalanceHosts, slices.Clone(c.Hosts)) }

// inOrder shuffles hosts, or the addresses of one, if load_balance_hosts is random.
func inOrder[T any](b LoadBalanceHosts, list []T) []T {
	if b == LoadBalanceRandom {
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list
}
