package integration_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func TestPauseBeforeTheFirstNext(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const n = 20_000
		c, o := connect(t, mainDSN(t)), observe(t, mainDSN(t))
		s := query(t, c, numbered(n, 2000), f.with()...)
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		reads := consume(t, s)
		o.waitHeldBack(c.PID())
		eventually(t, "a consumer that has taken what was buffered", func() bool { return s.Stats().ItemsBuffered == 0 })
		st := s.Stats()
		if st.State != stream.Paused || !f.always() && st.TotalRowsYielded != 0 {
			t.Errorf("stats %v", st)
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
		reads.wait(t)
		if got := reads.taken.Load(); got != n || s.Err() != nil {
			t.Errorf("%d rows of %d, then %v", got, n, s.Err())
		}
	})
}

func TestPauseInTheWrongState(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		c := connect(t, mainDSN(t))
		const n = 100
		s := query(t, c, numbered(n, 100), f.with()...)
		for name, err := range map[string]error{"never paused": s.Resume()} {
			if !errors.Is(err, werr.ErrStreamNotPaused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := errors.Join(s.Pause(), s.Pause(), s.Resume()); err != nil {
			t.Errorf("pausing twice, resuming once: %v", err)
		}
		if err := s.Resume(); !errors.Is(err, werr.ErrStreamNotPaused) {
			t.Errorf("resuming twice: %v", err)
		}
		take(t, s, 0, n)
		if s.Next() || s.Err() != nil {
			t.Fatalf("after the last row: %v", s.Err())
		}
		if err := s.PauseWithReason("too late"); !errors.Is(err, werr.ErrStreamAlreadyClosed) {
			t.Errorf("pausing a finished stream: %v", err)
		}
		if err := s.Resume(); !errors.Is(err, werr.ErrStreamNotPaused) {
			t.Errorf("resuming a finished stream: %v", err)
		}
		if s.State() != stream.Completed || s.Err() != nil {
			t.Errorf("state %v, error %v", s.State(), s.Err())
		}
	})
}

// watchedConn knows whether somebody reads it.
type watchedConn struct {
	net.Conn
	reading atomic.Bool
}

func (w *watchedConn) Read(p []byte) (int, error) {
	w.reading.Store(true)
	defer w.reading.Store(false)
	return w.Conn.Read(p)
}

// From Pause to a reader that has stopped, and from Resume to one that reads, is a matter of microseconds. The bound
// here is generous: what is kept is that neither waits for the server, which sends nothing all the while.
func TestPauseLatency(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const rounds = 200
		var watched *watchedConn
		c := connectAs(t, mainDSN(t), func(cfg *conn.Config) {
			cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				nc, err := new(net.Dialer).DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				w := &watchedConn{Conn: nc}
				if watched == nil {
					watched = w // later ones carry cancels
				}
				return w, nil
			}
		})
		b := observe(t, mainDSN(t)).raise()
		s := query(t, c, numbered(100, 1000)+b.behind(20), f.with()...)
		reads := consume(t, s)
		var stops, starts []time.Duration
		await := func(reading bool) time.Duration {
			began := time.Now()
			for watched.reading.Load() != reading {
				if time.Since(began) > patience {
					t.Fatalf("reading %t not within %v", reading, patience)
				}
			}
			return time.Since(began)
		}
		for range rounds {
			await(true)
			if err := s.Pause(); err != nil {
				t.Fatal(err)
			}
			stops = append(stops, await(false))
			if err := s.Resume(); err != nil {
				t.Fatal(err)
			}
			starts = append(starts, await(true))
		}
		for name, took := range map[string][]time.Duration{"stop": stops, "start": starts} {
			slices.Sort(took)
			t.Logf("%s: median %v, longest %v", name, took[rounds/2], took[rounds-1])
			if took[rounds/2] > time.Second {
				t.Errorf("%s takes %v", name, took[rounds/2])
			}
		}
		b.open()
		reads.wait(t)
		if got := reads.taken.Load(); got != 100 {
			t.Errorf("%d rows of 100, then %v", got, s.Err())
		}
	})
}
