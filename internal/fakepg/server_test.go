package fakepg_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

func TestHonest(t *testing.T) {
	t.Parallel()
	servers := map[string]func(testing.TB, fakepg.Script, ...fakepg.Option) *fakepg.Server{
		"tcp": fakepg.Start, "unix": fakepg.StartUnix,
	}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := start(t, fakepg.Honest(3))
			c := connect(t, srv)
			c.login()
			c.ask("select data from v_x")
			if rows, codes := c.untilReady(); rows != 3 || codes != nil {
				t.Errorf("extended: %d rows, errors %v", rows, codes)
			}
			c.send(&pgproto3.Query{String: "select data from v_y"})
			if rows, _ := c.untilReady(); rows != 3 {
				t.Errorf("simple: %d rows", rows)
			}
			c.send(&pgproto3.Query{})
			if _, ok := c.receive().(*pgproto3.EmptyQueryResponse); !ok {
				t.Error("an empty query was not answered with EmptyQueryResponse")
			}
			c.untilReady()
			c.send(&pgproto3.Terminate{})
			for _, want := range []string{"select data from v_x", "select data from v_y"} {
				if !bytes.Contains(srv.Received(), []byte(want)) {
					t.Errorf("received has no %q", want)
				}
			}
		})
	}
}

func TestScriptErrorsFailTheTest(t *testing.T) {
	t.Parallel()
	leave := func(c *client) { c.start(); c.untilReady(); _ = c.Close() }
	tests := []struct {
		name    string
		script  fakepg.Script
		client  func(c *client)
		options []fakepg.Option
		want    string // in the report; "" for none
	}{
		{"returned", func(*fakepg.Conn) error { return errors.New("no good") }, (*client).start, nil, "no good"},
		{"other message", func(c *fakepg.Conn) error { _ = c.Login(); return c.ExpectTerminate() },
			func(c *client) { c.login(); c.ask("x") }, nil, "got *pgproto3.Parse"},
		{"other query", func(c *fakepg.Conn) error { _ = c.Login(); return c.ExpectQuery("y") },
			func(c *client) { c.login(); c.ask("x") }, nil, `expect the query "y", got "x"`},
		{"client left", func(c *fakepg.Conn) error { _ = c.Login(); return c.ExpectQuery("y") }, leave, nil, "EOF"},
		{"client left, tolerated", func(c *fakepg.Conn) error { _ = c.Login(); return c.ExpectQuery("y") },
			leave, []fakepg.Option{fakepg.Tolerant()}, ""},
		{"too slow", func(c *fakepg.Conn) error { _, err := c.Receive(); return err }, (*client).start,
			[]fakepg.Option{fakepg.Tolerant(), fakepg.Deadline(10 * time.Millisecond)}, "timeout"},
		{"waits for ever", func(c *fakepg.Conn) error { return c.Wait(nil) }, (*client).start,
			[]fakepg.Option{fakepg.Tolerant(), fakepg.Deadline(10 * time.Millisecond)}, "timeout"},
		{"end while silent", (*fakepg.Conn).Silence, (*client).start, nil, ""},
		{"end while deaf", (*fakepg.Conn).Deaf, (*client).start, nil, ""},
		{"script over, client stays", (*fakepg.Conn).Login, (*client).login, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			watch := &watched{TB: t, reported: make(chan struct{}, 1)}
			started := make(chan struct{})
			script := func(c *fakepg.Conn) error { close(started); return tt.script(c) }
			srv := fakepg.Start(watch, script, tt.options...)
			tt.client(connect(t, srv))
			select {
			case <-started:
			case <-watch.reported: // a deadline has passed before the script's turn
			}
			if strings.Contains(tt.want, "timeout") || tt.want == "EOF" {
				if err := srv.AwaitClients(patience); err != nil {
					t.Error(err)
				}
			}
			watch.end()
			if got := watch.reports(); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("reported %q, want %q", got, tt.want)
			}
		})
	}
}

// watched is a testing.TB that records its reports, and can be ended.
type watched struct {
	testing.TB
	mu       sync.Mutex
	errors   []string
	reported chan struct{} // receives a value when an error is reported
	cleanup  []func()
}

func (w *watched) Cleanup(f func()) { w.cleanup = append(w.cleanup, f) }

func (w *watched) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, fmt.Sprintf(format, args...))
	select {
	case w.reported <- struct{}{}:
	default:
	}
}

func (w *watched) end() {
	for i := len(w.cleanup) - 1; i >= 0; i-- {
		w.cleanup[i]()
	}
}

func (w *watched) reports() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.errors, "\n")
}

func TestEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		script fakepg.Script
		ended  func(error) bool
	}{
		{"close", (*fakepg.Conn).Close, func(err error) bool { return err == io.EOF }},
		{"close for writing", (*fakepg.Conn).CloseWrite, func(err error) bool { return err == io.EOF }},
		{"reset", (*fakepg.Conn).Reset, isReset},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, fakepg.Start(t, tt.script))
			c.start()
			if _, err := c.Read(make([]byte, 1)); !tt.ended(err) {
				t.Errorf("the connection ended with %v", err)
			}
		})
	}
}

func TestExpectEOF(t *testing.T) {
	t.Parallel()
	srv := fakepg.Start(t, func(c *fakepg.Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		return c.ExpectEOF()
	})
	c := connect(t, srv)
	c.login()
	c.send(&pgproto3.Terminate{})
	_ = c.Close()
	if err := srv.AwaitClients(patience); err != nil {
		t.Error(err)
	}
}

func TestRaw(t *testing.T) {
	t.Parallel()
	srv := fakepg.Start(t, func(c *fakepg.Conn) error { return c.SendRaw([]byte("SSH-2.0-x\r\n")) }, fakepg.Raw())
	got := make([]byte, 11)
	if _, err := io.ReadFull(connect(t, srv), got); err != nil || string(got) != "SSH-2.0-x\r\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestUnknownVersion(t *testing.T) {
	t.Parallel()
	packet := make(chan []byte, 1)
	srv := fakepg.Start(t, func(c *fakepg.Conn) error { packet <- c.StartupPacket(); return nil })
	c := connect(t, srv)
	if _, err := c.Write(startupPacket(3<<16|9999, "user\x00u\x00\x00")); err != nil {
		t.Fatal(err)
	}
	if got := <-packet; string(got) != "\x00\x03\x27\x0fuser\x00u\x00\x00" {
		t.Errorf("startup packet %q", got)
	}
}

func TestSendSlowly(t *testing.T) {
	t.Parallel()
	srv := fakepg.Start(t, func(c *fakepg.Conn) error {
		return c.SendSlowly(append(fakepg.Encode(&pgproto3.AuthenticationOk{}), c.Greeting()...), 0)
	})
	connect(t, srv).login()
}

func TestFrames(t *testing.T) {
	t.Parallel()
	if got, want := fakepg.Frame('Z', "I"), fakepg.Encode(fakepg.Ready()); !bytes.Equal(got, want) {
		t.Errorf("frame %q, want %q", got, want)
	}
	if got := fakepg.Claim('D', 1<<30, "x"); string(got) != "D\x40\x00\x00\x00x" {
		t.Errorf("claim %q", got)
	}
}
