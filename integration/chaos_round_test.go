package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const (
	chaosDrain = 300 * time.Millisecond // Config.CancelTimeout
	chaosBound = 700 * time.Millisecond // the context of a query, if nothing else ends it
)

// chaosRound describes one round; it is drawn before the round begins.
type chaosRound struct {
	chaosRoute
	mode     stream.ReadAhead
	asked    string // plain, simple, prepared, scope
	capacity int
	rows     int
	size     int

	who   testbed.Role
	way   testbed.Direction
	harm  testbed.Harm
	piece int // the seed of random pieces; 0: none

	leave   string // what ends the stream: end, close, cancel, context, conn
	at      int    // after so many rows
	byOther bool   // from another goroutine
	pauses  int    // pauses once every so many rows; 0: never
	rest    time.Duration
}

func (c *chaosRound) String() string { return fmt.Sprintf("%+v", *c) }

// drawRound draws all random values, in a fixed order.
func drawRound(r *rand.Rand, routes []chaosRoute) *chaosRound {
	c := &chaosRound{
		chaosRoute: routes[r.IntN(len(routes))],
		mode:       []stream.ReadAhead{stream.ReadAheadNever, stream.ReadAheadAuto, stream.ReadAheadAlways}[r.IntN(3)],
		asked:      []string{"plain", "simple", "prepared", "scope"}[r.IntN(4)],
		capacity:   1 << (2 + r.IntN(9)),
		size:       []int{12, 100, 1000, 9000, 300_000}[r.IntN(5)],
	}
	total := 1 + r.IntN(2_000_000)
	c.rows = 1 + total/c.size
	c.who = testbed.Role(r.IntN(2))
	c.way = testbed.Direction(r.IntN(2))
	c.harm.End = []testbed.Ending{testbed.Passes, testbed.Passes, testbed.Hole, testbed.HalfClose, testbed.ShutDown,
		testbed.Reset}[r.IntN(6)]
	switch {
	case c.who == testbed.Cancels || c.way == testbed.TowardsServer:
		c.harm.After = r.IntN(100)
		if c.endsCancelEarly() {
			c.harm.After-- // the request arrives without its last byte
		}
	default:
		c.harm.After = r.IntN(total + total/5 + 200)
	}
	if r.IntN(3) == 0 {
		c.piece = 1 + r.IntN(1<<30)
	}
	if r.IntN(4) == 0 {
		c.harm.Delay = time.Duration(r.IntN(3000)) * time.Microsecond
	}
	c.leave = []string{"end", "end", "close", "cancel", "context", "conn"}[r.IntN(6)]
	c.at = r.IntN(c.rows)
	c.byOther = r.IntN(2) == 0
	if r.IntN(3) == 0 {
		c.pauses = 1 + r.IntN(200)
		c.rest = time.Duration(r.IntN(5000)) * time.Microsecond
	}
	return c
}

// endsCancelEarly reports whether the proxy would end a cancel's connection while the server, which has the whole request,
// may not have acted on it yet. The client would take that for the server's EOF, which proves that it has. A Unix socket
// that is reset ends with EOF too.
func (c *chaosRound) endsCancelEarly() bool {
	eof := c.harm.End == testbed.ShutDown || c.harm.End == testbed.Reset && c.route == "unix"
	return eof && c.who == testbed.Cancels && c.way == testbed.TowardsServer && c.harm.After == cancelRequestBytes
}

// sql returns a statement whose rows are numbered.
func (c *chaosRound) sql() string { return testbed.Numbered(c.rows, c.size) }

// run runs the round and returns a description of what went wrong, if anything did.
func (c *chaosRound) run(story *chaosStory) (problem string) {
	done := make(chan string, 1)
	go func() { done <- c.play(story) }()
	select {
	case problem = <-done:
		return problem
	case <-time.After(testbed.Patience):
		return "it hangs"
	}
}

func (c *chaosRound) play(story *chaosStory) (problem string) {
	p, err := testbed.StartProxy()
	if err != nil {
		return err.Error()
	}
	defer p.Stop()
	cfg, err := conn.ParseConfig(c.dsn)
	if err != nil {
		return err.Error()
	}
	cfg.Dial, cfg.CancelTimeout = p.Dial, chaosDrain
	if c.asked == "prepared" || c.asked == "scope" {
		cfg.PrepareThreshold = 1
	}
	ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
	defer stop()
	wire, err := conn.ConnectConfig(ctx, cfg)
	if err != nil {
		return "connect: " + err.Error()
	}
	defer wire.Close(ctx) // problems have been detected before
	h := c.harm
	if c.piece > 0 {
		sizes := rand.New(rand.NewPCG(uint64(c.piece), 0))
		h.Pieces = func() int { return 1 + sizes.IntN(4000) } // only one flow is harmed at a time in each round
	}
	p.Order(c.who, c.way, h)
	how, problem := c.consume(wire)
	if problem == "" {
		problem = c.aftermath(p, wire)
	}
	story.add(how)
	return problem
}

// consume runs the query and reads its rows.
func (c *chaosRound) consume(wire *conn.Conn) (how, problem string) {
	ctx, stop := context.WithTimeout(context.Background(), chaosBound)
	defer stop()
	opts := []stream.Option{stream.WithReadAhead(c.mode), stream.WithCapacity(c.capacity)}
	switch c.asked {
	case "simple":
		opts = append(opts, stream.WithSimpleProtocol())
	case "scope":
		opts = append(opts, stream.WithReadOnly(), stream.WithSetting("app.round", "chaos"))
	}
	s, err := wire.Query(ctx, c.sql(), opts...)
	if err != nil {
		return "refused", c.judge(err)
	}
	left := make(chan struct{})
	n := 0
	for s.Next() {
		n++
		if want := fmt.Sprintf(`"%0*d"`, c.size-2, n); string(s.Row()) != want {
			return "", fmt.Sprintf("row %d is %.40s", n, s.Row())
		}
		if c.pauses > 0 && n%c.pauses == 0 && s.Pause() == nil {
			time.AfterFunc(c.rest, func() { s.Resume() }) // it may have ended
		}
		if n == c.at+1 && c.leave != "end" {
			go func() {
				defer close(left)
				c.goAway(s, wire, stop)
			}()
			if !c.byOther {
				<-left
			}
		}
	}
	err = s.Err()
	switch {
	case n > c.rows:
		return "", fmt.Sprintf("%d rows of %d", n, c.rows)
	case err == nil && n < c.rows && c.leave != "close":
		return "", fmt.Sprintf("a clean end after %d rows of %d", n, c.rows)
	case err == nil && n < c.rows && n < c.at+1:
		return "", fmt.Sprintf("a clean end after %d rows of %d, before Close", n, c.rows)
	}
	if n > c.at && c.leave != "end" {
		<-left
	}
	s.Close() // the state is checked afterwards
	if err == nil {
		if n == c.rows {
			return "complete", ""
		}
		return "left", ""
	}
	return string(werr.CategoryOf(err)), c.judge(err)
}

// goAway ends the stream before its end.
func (c *chaosRound) goAway(s *stream.Stream, wire *conn.Conn, stop func()) {
	ctx, release := context.WithTimeout(context.Background(), chaosDrain)
	defer release()
	switch c.leave {
	case "close":
		s.Close() // the state is checked afterwards
	case "cancel":
		s.Cancel(ctx) // as above
	case "context":
		stop()
	case "conn":
		wire.Close(ctx) // as above
	}
}

// judge returns what is wrong with an error.
func (c *chaosRound) judge(err error) string {
	fits := []werr.Category{werr.CategoryIO, werr.CategoryTimeout}
	switch c.leave {
	case "cancel", "context":
		fits = append(fits, werr.CategoryCancelled)
	case "conn":
		fits = append(fits, werr.CategoryClosed)
	}
	if got := werr.CategoryOf(err); !slices.Contains(fits, got) {
		return fmt.Sprintf("%v is of category %q", err, got)
	}
	return ""
}

// aftermath checks that the connection becomes idle or closed by itself, and that it really is.
func (c *chaosRound) aftermath(p *testbed.Proxy, wire *conn.Conn) (problem string) {
	for wire.State() != conn.Idle && wire.State() != conn.Closed { // run reports it if that does not happen
		time.Sleep(time.Millisecond)
	}
	ended := p.Harmed(testbed.MainConnection)
	p.Heal() // what a hole has held back, including a cancel request, arrives now
	ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
	defer stop()
	if wire.State() == conn.Closed {
		if _, err := wire.Query(ctx, testbed.Documents(1)); !errors.Is(err, werr.ErrConnectionClosed) {
			return fmt.Sprintf("a query on a closed connection: %v", err)
		}
		return ""
	}
	for range 3 {
		s, err := wire.Query(ctx, "SELECT to_json(pg_backend_pid()) AS data FROM pg_sleep(0.01)")
		if err != nil {
			if ended { // the connection was idle when it broke
				return ""
			}
			return "an idle connection: " + err.Error()
		}
		got, err := stream.Collect[uint32](s)
		if !slices.Equal(got, []uint32{wire.PID()}) || err != nil {
			return fmt.Sprintf("an idle connection answers as %v, %v, instead of %d", got, err, wire.PID())
		}
	}
	return ""
}
