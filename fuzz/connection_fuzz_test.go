package fuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// FuzzConnection plays a server that, after a valid login, sends arbitrary bytes: answer and, once the query is
// cancelled, after, in reads of the given sizes. The choice determines what the client requests and how the server
// ends; stops is the number of rows after which the client leaves, 0 for never. Rows, error, messages sent and the
// state of the connection must be those of the model. Time is virtual: a call that never returns, or a goroutine that
// is left behind, ends the run with a deadlock.
func FuzzConnection(f *testing.F) {
	f.Add([]byte(described+threeRows+selected3), []byte(nil), []byte(nil), uint32(framed), uint8(0))
	f.Add([]byte(described+threeRows), []byte(cancelled), []byte{7, 9}, uint32(framed|silent|readAhead), uint8(2))
	f.Add([]byte(made+described+threeRows+selected3), []byte(nil), []byte{3}, uint32(framed|scoped), uint8(0))
	f.Add([]byte("1\x002\x00"), []byte(made[4:]+cancelled), []byte(nil), uint32(framed|scoped|silent|timeouts), uint8(0))
	for _, p := range preparedMeetings {
		answer, after, sizes, ch := p.all()
		f.Add(answer, after, sizes, uint32(ch), uint8(0))
	}
	f.Fuzz(func(t *testing.T, answer, after, sizes []byte, choose uint32, stops uint8) {
		ch := choice(choose)
		if ch.has(framed) {
			answer, after = frames(answer), frames(after)
		}
		if ch.ending() != silence {
			after = nil
		}
		synctest.Test(t, func(t *testing.T) {
			m := newMeeting(t, ch, answer, after, sizes)
			m.stops = int(stops)
			m.run()
		})
	})
}

// meeting is one connection, and what the test knows about it.
type meeting struct {
	*testing.T
	choice
	w       *wire
	c       *conn.Conn
	dialled bool
	asked   int // bytes of w.all that are available once a query was sent
	at      int // bytes of w.all that the client has handled
	stops   int
	known   statements        // the state left by earlier queries
	names   map[string]string // the statements of the names that the client has used
}

const (
	cancelBound  = 2 * time.Second        // Config.CancelTimeout
	patience     = 10 * time.Second       // of a query's context
	silenceBound = 500 * time.Millisecond // for the first row and between rows, if chosen
	smallMemory  = 24
	smallRow     = 48
	smallMessage = 64
	fuzzQuery    = "SELECT data FROM v_fuzz"
)

func newMeeting(t *testing.T, ch choice, answer, after, sizes []byte) *meeting {
	login, request := soundLogin(ch)
	w := newWire()
	w.all = slices.Concat(login, answer, after)
	w.sizes, w.end, w.stiff = sizes, ch.ending(), ch.has(stiff)
	w.whole = len(login)
	if ch.has(early) {
		w.whole += min(len(answer), 16)
	}
	released := []int{w.whole, len(w.all) - len(after)}
	if request > 0 {
		released = slices.Insert(released, 0, request)
	}
	w.release = func([]byte) int {
		n := released[0]
		if len(released) > 1 {
			released = released[1:]
		}
		return n
	}
	m := &meeting{T: t, choice: ch, w: w, at: len(login), asked: len(login) + len(answer)}
	m.known.prepares = ch.has(prepared)
	m.names = make(map[string]string)
	cfg := &conn.Config{
		Hosts: []conn.Host{{Name: "/wire"}}, User: "u", Password: password, CancelTimeout: cancelBound,
		MaxRowSize: ch.maxRow(), MaxMessageSize: ch.maxMessage(), Dial: m.dial,
	}
	if ch.has(prepared) {
		cfg.PrepareThreshold = 1
	}
	var err error
	if m.c, err = conn.ConnectConfig(t.Context(), cfg); err != nil {
		t.Fatalf("login: %v", err)
	}
	return m
}

// dial is Config.Dial: the first connection is the one under test, the others are for CancelRequests.
func (m *meeting) dial(context.Context, string, string) (net.Conn, error) {
	if !m.dialled {
		m.dialled = true
		return m.w, nil
	}
	w := newWire()
	w.end = eof
	if m.has(cancelHangs) {
		w.end = silence
	}
	w.release = func([]byte) int { m.w.releaseAll(); return 0 }
	return w, nil
}

// run runs queries until the connection is closed, three at most.
func (m *meeting) run() {
	for range 3 {
		if m.query(); m.Failed() || m.c.State() == conn.Closed {
			break
		}
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	if err := m.c.Close(ctx); err != nil {
		m.Errorf("Conn.Close: %v", err)
	}
	if got := m.c.State(); got != conn.Closed {
		m.Errorf("%v after Conn.Close", got)
	}
}

// query runs a query and compares the outcome with the model.
func (m *meeting) query() {
	start := m.w.progress()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got := m.ask(ctx, stop)
	time.Sleep(2 * (patience + cancelBound)) // of virtual time: a drain in the background is over then
	want := m.expect(start)
	m.compare(want, got)
	if diff := cmp.Diff(want.sent, m.sent(start.writes)); diff != "" {
		m.Errorf("messages (-want +got), error %v:\n%s", got.err, diff)
	}
}

// outcome is the result of a query that the client saw.
type outcome struct {
	rows []string
	left bool
	err  error
}

// ask runs a query and reads its rows.
func (m *meeting) ask(ctx context.Context, stop context.CancelFunc) (o outcome) {
	s, err := m.c.Query(ctx, fuzzQuery, m.options()...)
	if err != nil {
		return outcome{err: err}
	}
	if m.has(paused) {
		_ = s.Pause() // it may have ended already
	}
	for s.Next() {
		row := s.Row()
		text := string(row)
		if row == nil {
			text = null
		}
		o.rows = append(o.rows, text)
		if m.has(slow) {
			time.Sleep(time.Millisecond)
		}
		if len(o.rows) == m.stops {
			o.left = true
			m.leave(s, stop)
		}
		if row != nil && string(row) != text {
			m.Errorf("current row %d changed from %q to %q", len(o.rows), text, row)
		}
	}
	if s.Row() != nil {
		m.Errorf("a row after the last one: %q", s.Row())
	}
	o.err = s.Err()
	if s.Next() {
		m.Errorf("Next is true after it was false")
	}
	end := stream.Completed
	if o.err != nil {
		end = stream.Failed
	}
	if got := s.State(); got != end {
		m.Errorf("the stream is %v with error %v", got, o.err)
	}
	_ = s.Close()
	return o
}

// leave ends the stream before its end.
func (m *meeting) leave(s *stream.Stream, stop context.CancelFunc) {
	switch m.leaving() {
	case byClose:
		_ = s.Close()
	case byCancel:
		_ = s.Cancel(context.Background())
	case byContext:
		stop()
		synctest.Wait()
	case byConnClose:
		_ = m.c.Close(context.Background())
	}
}

func (m *meeting) compare(want expectation, got outcome) {
	m.Helper()
	if got.left {
		m.compareLeft(want, got)
	} else if diff := cmp.Diff(want.rows, got.rows); diff != "" && !m.breaches(want, got) {
		m.Errorf("rows (-want +got), error %v:\n%s", got.err, diff)
	}
	category := werr.CategoryOf(got.err)
	if !got.left && !slices.Contains(want.errors, category) && !m.breaches(want, got) {
		m.Errorf("error of category %q, want %q: %v", category, want.errors, got.err)
	}
	state := m.c.State()
	if !slices.Contains(want.states, state) && !(got.left && m.leaving() == byConnClose && state == conn.Closed) {
		m.Errorf("the connection is %v, want %v; error %v", state, want.states, got.err)
	}
	if len(got.rows) > 0 && werr.SafeToRetry(got.err) {
		m.Errorf("safe to retry after %d rows: %v", len(got.rows), got.err)
	}
	if got.err != nil {
		checkText(m.T, got.err.Error())
		if m.has(told) && strings.Contains(got.err.Error(), password) {
			m.Errorf("the password is in %q", got.err)
		}
	}
	m.at, m.known = want.end, want.known
}

// breaches reports whether got is the memory limit reached during read-ahead: when that happens depends on the speed
// of the consumer.
func (m *meeting) breaches(want expectation, got outcome) bool {
	return m.has(memory) && !m.has(memoryWaits) && m.ahead() == stream.ReadAheadAlways &&
		werr.CategoryOf(got.err) == werr.CategoryMemory &&
		len(got.rows) <= len(want.rows) && slices.Equal(got.rows, want.rows[:len(got.rows)])
}

func (m *meeting) compareLeft(want expectation, got outcome) {
	m.Helper()
	if len(want.rows) < m.stops || !slices.Equal(want.rows[:m.stops], got.rows) {
		m.Errorf("left with rows %q, want the first %d of %q", got.rows, m.stops, want.rows)
	}
	reason := map[leaving]error{
		byCancel: werr.ErrCancelled, byContext: context.Canceled, byConnClose: werr.ErrConnectionClosed,
	}[m.leaving()]
	if !errors.Is(got.err, reason) {
		m.Errorf("left with error %v, want %v", got.err, reason)
	}
}

// filter is the consumer's filter: it keeps rows that begin with a brace, and NULL.
func filter(row json.RawMessage) bool { return row == nil || bytes.HasPrefix(row, []byte("{")) }
