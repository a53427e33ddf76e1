package conn_test

import (
	"context"
	"net"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const (
	cancelBound = 200 * time.Millisecond // Config.CancelTimeout if the cancel cannot succeed
	patience    = 100 * time.Millisecond // for a server that sends nothing
	hopeless    = 3 * time.Minute        // after which a call is considered never to return
	never       = time.Hour              // for timeouts that must not end a call: if nothing else ends it, it hangs
)

// encounter is one session with a misbehaving server.
type encounter struct {
	t   *testing.T
	m   fakepg.Misbehaviour
	v   variant
	srv *fakepg.Server
	cfg *conn.Config

	mu      sync.Mutex
	notices []string
}

// outcome is what the client saw.
type outcome struct {
	at   fakepg.Moment
	err  error
	rows int
}

func meet(t *testing.T, m fakepg.Misbehaviour, v variant) {
	e := &encounter{t: t, m: m, v: v}
	e.serve()
	e.configure()
	over := make(chan struct{})
	go func() {
		defer close(over)
		pprof.Do(context.Background(), pprof.Labels("encounter", t.Name()), func(context.Context) { e.session() })
	}()
	select {
	case <-over:
	case <-time.After(hopeless):
		t.Fatalf("a call does not return:\n%s", goroutines(t.Name()))
	}
	e.checkWire()
	e.checkLeftovers()
}

func (e *encounter) serve() {
	options := append([]fakepg.Option{fakepg.Tolerant(), fakepg.Deadline(never)}, e.m.Server...)
	start := fakepg.Start
	switch {
	case e.v.unix:
		start = fakepg.StartUnix
	case e.m.Over == fakepg.OverTLS:
		start = fakepg.StartTLS
	}
	e.srv = start(e.t, e.m.Script, options...)
}

func (e *encounter) configure() {
	params := e.m.Params
	if e.m.Over == fakepg.OverTLS {
		params += "&sslmode=require"
	}
	if strings.Contains(params, "sslmode=verify") {
		params += "&sslrootcert=" + fakepg.TestAuthority().File(e.t)
	}
	cfg, err := conn.ParseConfig(e.srv.DSN(params))
	if err != nil {
		e.t.Fatalf("configuration: %v", err)
	}
	cfg.CancelTimeout = cancelBound
	if e.v.prepare || e.m.Prepare {
		cfg.PrepareThreshold = 1
	}
	if e.m.Usable {
		cfg.CancelTimeout = never
	}
	cfg.OnNotice = func(n *werr.ServerError) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if len(e.notices) < 10 {
			e.notices = append(e.notices, n.Error())
		}
	}
	if e.v.trickling {
		cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			socket, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return &trickle{Conn: socket}, err
		}
	}
	e.cfg = cfg
}

// trickle is a connection whose first 8192 reads return one byte each, so that of a large message only the beginning
// is split.
type trickle struct {
	net.Conn
	given int
}

func (t *trickle) Read(p []byte) (int, error) {
	if t.given++; t.given > 8<<10 {
		return t.Conn.Read(p)
	}
	return t.Conn.Read(p[:min(len(p), 1)])
}

// session connects, queries, reads or leaves, tries again, and closes.
func (e *encounter) session() {
	ctx := newAlarm()
	if e.m.Silent && (e.m.At == "" || e.m.At == fakepg.AtConnect) {
		ctx.in(patience)
	}
	c, err := conn.ConnectConfig(ctx, e.cfg)
	if err != nil {
		if c != nil {
			e.t.Error("a connection was returned with an error")
		}
		e.judge(outcome{at: fakepg.AtConnect, err: err})
		return
	}
	if e.m.Marked {
		<-e.srv.Marked()
	}
	if e.m.Leave {
		e.leave(c)
	} else {
		o := e.query(c)
		if o.err == nil && e.m.At == fakepg.AtReuse {
			o = e.reuse(c, o)
		}
		e.judge(o)
		e.after(c, o)
	}
	e.close(c)
}

// query runs the query to its end.
func (e *encounter) query(c *conn.Conn) outcome {
	ctx := newAlarm()
	if e.m.Silent && e.m.At == fakepg.AtQuery {
		go func() { <-e.srv.Marked(); ctx.in(patience) }() // earlier, a busy machine may have sent nothing
	}
	s, err := c.QueryArgs(ctx, fakepg.SQL, e.arguments(), e.options()...)
	if err != nil {
		return outcome{at: fakepg.AtQuery, err: err}
	}
	return e.read(ctx, s)
}

// read reads a stream to its end. If the server stops sending, the alarm rings once all expected rows have arrived.
func (e *encounter) read(ctx *alarm, s *stream.Stream) outcome {
	o := outcome{at: fakepg.AtRows}
	rings := e.m.Silent && e.m.At == fakepg.AtRows
	for {
		if rings && o.rows >= e.m.Rows {
			ctx.in(patience)
			rings = false
		}
		if !s.Next() {
			break
		}
		e.checkRow(o.rows, string(s.Row()))
		o.rows++
	}
	if o.err = s.Err(); o.err == nil {
		o.at = fakepg.Nowhere
	}
	if err := s.Close(); err != nil && o.err == nil {
		e.t.Errorf("Close of a complete stream: %v", err)
	}
	return o
}

// reuse runs the query again; the rows of the first answer count.
func (e *encounter) reuse(c *conn.Conn, first outcome) outcome {
	ctx := newAlarm()
	if e.m.Silent {
		ctx.in(patience)
	}
	s, err := c.Query(ctx, fakepg.SQL)
	if err == nil {
		for s.Next() {
			e.t.Errorf("row %q of a second answer", s.Row())
		}
		err = s.Err()
	}
	if err == nil {
		return first
	}
	return outcome{at: fakepg.AtReuse, err: err, rows: first.rows}
}

func (e *encounter) options() []stream.Option {
	options := []stream.Option{stream.WithReadAhead(e.v.readAhead)}
	if e.v.simple {
		options = append(options, stream.WithSimpleProtocol())
	}
	if e.v.session || e.m.Session {
		for i := 0; i < len(fakepg.Settings); i += 2 {
			options = append(options, stream.WithSetting(fakepg.Settings[i], fakepg.Settings[i+1]))
		}
	}
	return options
}

func (e *encounter) arguments() []any {
	if e.m.Arg > 0 {
		return []any{strings.Repeat("x", e.m.Arg)}
	}
	return e.v.args
}

func (e *encounter) close(c *conn.Conn) {
	_ = c.Close(context.Background()) // the state shows the result
	if got := c.State(); got != conn.Closed {
		e.t.Errorf("after Close the connection is %v", got)
	}
}
