package fakepg_test

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

func endless(c *fakepg.Conn) error {
	if err := c.Login(); err != nil {
		return err
	}
	if _, err := c.ReadQuery(); err != nil {
		return err
	}
	if err := c.SendRaw(c.Head()); err != nil {
		return err
	}
	return c.Endless(`{"a":1}`)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	ready := make(chan struct{})
	close(ready)
	timedOut := func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
	closed := func(err error) bool { return err == io.EOF }
	answered := func(err error) bool { return err == nil }
	tests := []struct {
		name  string
		hook  fakepg.CancelHook
		bound time.Duration
		ended func(error) bool
	}{
		{"honest", fakepg.CancelHonestly, patience, closed},
		{"after", fakepg.CancelAfter(ready, fakepg.CancelHonestly), patience, closed},
		{"hang", fakepg.CancelHang, short, timedOut},
		{"answer", fakepg.CancelAnswer([]byte("x"), fakepg.CancelHonestly), patience, answered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := fakepg.StartUnix(t, endless, fakepg.OnCancel(tt.hook))
			c := connect(t, srv)
			c.login()
			c.ask("select")
			c.receive()
			network, address := srv.Network()
			if err := c.cancel(network, address, tt.bound); !tt.ended(err) {
				t.Errorf("the cancel connection ended with %v", err)
			}
			if _, codes := c.untilReady(); len(codes) != 1 || codes[0] != "57014" {
				t.Errorf("errors %v", codes)
			}
			if got := srv.Cancels(); len(got) != 1 || got[0].PID != c.pid || string(got[0].Key) != string(c.key) {
				t.Errorf("cancels %v", got)
			}
		})
	}
}

func TestCancelWithoutEffect(t *testing.T) {
	t.Parallel()
	lost := make(chan *fakepg.Conn, 1)
	hook := fakepg.CancelNth(fakepg.CancelLose, fakepg.CancelReset, fakepg.CancelHangLose)
	srv := fakepg.Start(t, func(c *fakepg.Conn) error { lost <- c; return c.Login() }, fakepg.OnCancel(hook))
	c := connect(t, srv)
	c.login()
	network, address := srv.Network()
	if err := c.cancel(network, address, patience); err != io.EOF {
		t.Errorf("lose: %v", err)
	}
	if err := c.cancel(network, address, patience); !isReset(err) {
		t.Errorf("reset: %v", err)
	}
	if err := c.cancel(network, address, short); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("hang: %v", err)
	}
	c.key[3]++
	srv.Forward(fakepg.Cancel{PID: c.pid, Key: c.key})
	select {
	case <-(<-lost).Cancelled():
		t.Error("a request that was lost, or one with a wrong key, was forwarded")
	default:
	}
	if n := len(srv.Cancels()); n != 3 {
		t.Errorf("%d cancels", n)
	}
}
