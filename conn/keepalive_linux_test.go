package conn

import (
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Sockets have the keepalive settings of the Config, and otherwise those of the system.
func TestKeepalives(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	idle, interval, count := systemKeepalive(t, "time"), systemKeepalive(t, "intvl"), systemKeepalive(t, "probes")
	for _, test := range []struct {
		dsn  string
		want [4]int // SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT
	}{
		{"", [4]int{1, idle, interval, count}},
		{"keepalives=1", [4]int{1, idle, interval, count}},
		{"keepalives=0", [4]int{0, idle, interval, count}},
		{"keepalives_idle=0 keepalives_interval=-1 keepalives_count=0", [4]int{1, idle, interval, count}},
		{"keepalives_idle=71", [4]int{1, 71, interval, count}},
		{"keepalives_interval=17", [4]int{1, idle, 17, count}},
		{"keepalives_count=3", [4]int{1, idle, interval, 3}},
		{"keepalives=1 keepalives_idle=71 keepalives_interval=17 keepalives_count=3", [4]int{1, 71, 17, 3}},
	} {
		t.Run(test.dsn, func(t *testing.T) {
			c, err := parse(test.dsn, testEnvironment(nil, nil))
			if err != nil {
				t.Fatal(err)
			}
			nc, err := c.dialer()(t.Context(), "tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if got := keepalive(t, nc.(*net.TCPConn)); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func systemKeepalive(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/sys/net/ipv4/tcp_keepalive_" + name)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func keepalive(t *testing.T, nc *net.TCPConn) (got [4]int) {
	t.Helper()
	raw, err := nc.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for i, option := range [][2]int{
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT},
		} {
			n, err := syscall.GetsockoptInt(int(fd), option[0], option[1])
			if err != nil {
				t.Error(err)
			}
			got[i] = n
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The conversion to a configuration of package net does not change the Config.
func TestKeepAliveKeepsTheConfig(t *testing.T) {
	t.Parallel()
	c := &Config{KeepalivesIdle: time.Minute}
	_ = c.keepAlive()
	if c.KeepalivesInterval != 0 || c.KeepalivesCount != 0 || c.KeepalivesIdle != time.Minute {
		t.Errorf("got %v", c)
	}
}
