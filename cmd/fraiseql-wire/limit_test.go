package main

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ timeout, stop time.Duration }{
		{4 * time.Second, 3500 * time.Millisecond},
		{time.Hour, time.Hour - 500*time.Millisecond},
		{800 * time.Millisecond, 700 * time.Millisecond},
		{time.Nanosecond, time.Nanosecond},
	} {
		l := limitOf(began, tt.timeout)
		if stop, end := l.stop.Sub(began), l.end.Sub(began); stop != tt.stop || end != tt.timeout {
			t.Errorf("--timeout %v: stopped after %v, over after %v; want %v and %v", tt.timeout, stop, end, tt.stop, tt.timeout)
		}
	}
}

func TestCancelTimeout(t *testing.T) {
	t.Parallel()
	four := limitOf(time.Now(), 4*time.Second)
	for _, tt := range []struct {
		name             string
		limit            limit
		configured, want time.Duration
	}{
		{"no limit", limit{}, 0, 0},
		{"no limit, configured", limit{}, time.Minute, time.Minute},
		{"the reserved time", four, 0, 500 * time.Millisecond},
		{"more than is reserved", four, 5 * time.Second, 500 * time.Millisecond},
		{"less than is reserved", four, time.Millisecond, time.Millisecond},
	} {
		if got := tt.limit.cancelTimeout(tt.configured); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The run ends in time when the server goes silent, whatever happens to its cancel requests. Time is virtual.
func TestTimeoutBoundsTheRun(t *testing.T) {
	t.Parallel()
	for _, m := range fakepg.Misbehaviours() {
		// The command runs no second query, and has no arguments of megabytes here.
		if !strings.HasPrefix(m.Name, "silence/") || m.At == fakepg.AtReuse || m.Arg > 0 {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			for name, hook := range map[string]fakepg.CancelHook{
				"honest": fakepg.CancelHonestly, "lost": fakepg.CancelLose, "hangs": fakepg.CancelHangLose,
			} {
				t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { runToTheEnd(t, m, hook) }) })
			}
		})
	}
}

func runToTheEnd(t *testing.T, m fakepg.Misbehaviour, hook fakepg.CancelHook) {
	options := append(m.Server, fakepg.OnCancel(hook), fakepg.Tolerant(), fakepg.Deadline(time.Hour))
	s := fakepg.StartPipe(t, m.Script, options...)
	files := streams{in: strings.NewReader(""), out: io.Discard, dial: s.Dial}
	endsInTime(t, files, "stream", "--dsn", s.DSN(m.Params), fakepg.SQL)
	if m.At == fakepg.AtConnect {
		endsInTime(t, files, "ping", "--dsn", s.DSN(m.Params))
	}
}

// endsInTime runs the command with a timeout. The command must report it, and have ended by then.
func endsInTime(t *testing.T, files streams, args ...string) {
	t.Helper()
	const timeout = 4 * time.Second
	var text strings.Builder
	files.err = &text
	began := time.Now()
	status := run(t.Context(), append(args, "--timeout", timeout.String()), files)
	took := time.Since(began)
	if status != exitFailure || !strings.Contains(text.String(), "stopped after 4s because of --timeout") ||
		strings.Count(text.String(), "\n") != 1 {
		t.Errorf("%s: exit code %d, %q", args[0], status, text.String())
	}
	if took > timeout || took < timeout-maxCancelTime {
		t.Errorf("%s ended after %v, want at most %v, and at the earliest %v before that", args[0], took, timeout, maxCancelTime)
	}
}

// The program itself, with a real clock and a network.
func TestTimeoutEndsTheProcess(t *testing.T) {
	t.Parallel()
	s := fakepg.Start(t, func(c *fakepg.Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		return c.Silence()
	}, fakepg.Tolerant(), fakepg.OnCancel(fakepg.CancelLose))
	execute(t, "stream", "--timeout", "1s", "--dsn", s.DSN(), fakepg.SQL).
		oneLine(t, exitFailure, "stopped after 1s because of --timeout")
}

// Neither a reader of standard output that has stopped reading nor a standard input that never ends makes the run
// longer.
func TestTimeoutBoundsStandardFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"nobody reads", []string{fakepg.SQL}},
		{"no end of the statement", []string{"-"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := fakepg.StartPipe(t, fakepg.Honest(3), fakepg.Tolerant(), fakepg.Deadline(time.Hour))
				in, inEnd := io.Pipe()
				outEnd, out := io.Pipe()
				defer inEnd.Close()
				defer outEnd.Close()
				endsInTime(t, streams{in: in, out: out, dial: s.Dial}, append([]string{"stream", "--dsn", s.DSN()}, tt.args...)...)
			})
		})
	}
}
