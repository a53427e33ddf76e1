package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// TestInterleavings runs many seeded schedules in virtual time: a server that sends in bursts and then completes, fails
// or goes silent; a consumer that spends time on each row; and goroutines that pause, resume, close, cancel, end the
// context or read the statistics at random times. In each schedule the rows delivered must be an exact prefix, no row
// may change while it is current, the source must be given back once, and no goroutine may be left.
func TestInterleavings(t *testing.T) {
	t.Parallel()
	for seed := range uint64(600) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newSchedule(seed).run(t) })
		})
	}
}

var (
	errServer  = errors.New("server said no")
	errNetwork = errors.New("connection lost")
)

type schedule struct {
	rng       *rand.Rand
	src       *fakeSource
	total     int
	serverEnd error // the error after the rows; nil: a complete result
	endless   bool  // the server goes silent instead
	stopper   int   // how the stream is ended early; 0: it is not
}

func newSchedule(seed uint64) *schedule {
	rng := rand.New(rand.NewPCG(seed, 42))
	sc := &schedule{rng: rng, src: newFake(), total: rng.IntN(300), stopper: rng.IntN(6)}
	switch rng.IntN(4) {
	case 0:
		sc.serverEnd = errServer
	case 1:
		sc.serverEnd = errNetwork
	case 2:
		sc.endless = sc.stopper != 0
	}
	return sc
}

func (sc *schedule) options() []stream.Option {
	opts := []stream.Option{stream.WithReadAhead(stream.ReadAhead(sc.rng.IntN(3)))}
	if sc.rng.IntN(2) == 0 {
		opts = append(opts, stream.WithCapacity(1+sc.rng.IntN(40)))
	}
	if sc.rng.IntN(2) == 0 {
		opts = append(opts, stream.WithMaxMemory(9+sc.rng.IntN(200)), stream.WithMemoryPolicy(stream.MemoryWait))
	}
	if sc.rng.IntN(3) == 0 {
		opts = append(opts, stream.WithChunkRows(1+sc.rng.IntN(20)))
	}
	if sc.rng.IntN(3) == 0 {
		opts = append(opts, stream.WithPauseTimeout(time.Millisecond))
	}
	if sc.rng.IntN(4) == 0 {
		opts = append(opts, stream.WithBudget(stream.NewBudget(sc.rng.IntN(100), stream.MemoryWait)))
	}
	return opts
}

func (sc *schedule) nap(rng *rand.Rand) { time.Sleep(time.Duration(rng.IntN(400)) * time.Microsecond) }

func (sc *schedule) run(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, _ := open(t, ctx, sc.src, sc.options()...)
	actors := []func(*rand.Rand){
		sc.serve,
		func(rng *rand.Rand) { sc.meddle(rng, s) },
		func(rng *rand.Rand) { sc.end(rng, s, cancel) },
	}
	var others sync.WaitGroup
	for i, act := range actors {
		rng := rand.New(rand.NewPCG(sc.rng.Uint64(), uint64(i)))
		others.Go(func() { act(rng) })
	}
	got := sc.consume(t, s)
	sc.check(t, s, got)
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	others.Wait()
	synctest.Wait()
	if over, violations := sc.src.state(); over == "" || len(violations) > 0 {
		t.Errorf("source given back by %q, violations: %q", over, violations)
	}
}

func (sc *schedule) serve(rng *rand.Rand) {
	for sent := 0; sent < sc.total; {
		n := min(1+rng.IntN(30), sc.total-sent)
		sc.src.send(rows(sent, n)...)
		sent += n
		if rng.IntN(2) == 0 {
			sc.nap(rng)
		}
	}
	if !sc.endless {
		sc.src.terminate(sc.serverEnd, sc.serverEnd == errNetwork)
	}
}

// meddle pauses, resumes and reads the statistics, and leaves the stream unpaused.
func (sc *schedule) meddle(rng *rand.Rand, s *stream.Stream) {
	for range rng.IntN(30) {
		switch rng.IntN(3) {
		case 0:
			_ = s.Pause()
		case 1:
			_ = s.Resume()
		case 2:
			if st := s.Stats(); st.ItemsBuffered < 0 || st.EstimatedMemory < 0 {
				panic(fmt.Sprintf("negative statistics: %v", st))
			}
		}
		sc.nap(rng)
	}
	_ = s.Resume()
}

func (sc *schedule) end(rng *rand.Rand, s *stream.Stream, cancel func()) {
	time.Sleep(time.Duration(rng.IntN(4000)) * time.Microsecond)
	switch sc.stopper {
	case 1:
		_ = s.Close()
	case 2:
		_ = s.CancelTimeout(time.Second)
	case 3:
		cancel()
	case 4:
		cancel()
		_ = s.CancelTimeout(time.Second)
		_ = s.Close()
	case 5:
		go cancel()
		go func() { _ = s.Close() }()
		_ = s.CancelTimeout(time.Second)
	}
}

// consume reads to the end and counts the rows. The current row must not change, whatever other goroutines do.
func (sc *schedule) consume(t *testing.T, s *stream.Stream) int {
	rng := rand.New(rand.NewPCG(sc.rng.Uint64(), 99))
	n := 0
	for s.Next() {
		want := fmt.Sprintf(`{"n":%d}`, n)
		if got := string(s.Row()); got != want {
			t.Fatalf("row %d: got %q", n, got)
		}
		if rng.IntN(8) == 0 {
			sc.nap(rng)
			if got := string(s.Row()); got != want {
				t.Fatalf("row %d changed while it was current: %q", n, got)
			}
		}
		n++
	}
	if s.Next() {
		t.Error("Next returned true after the end")
	}
	return n
}

func (sc *schedule) check(t *testing.T, s *stream.Stream, got int) {
	t.Helper()
	err := s.Err()
	natural := err == nil && s.State() == stream.Completed || errors.Is(err, errServer) || errors.Is(err, errNetwork)
	switch {
	case got > sc.total:
		t.Errorf("%d rows of %d", got, sc.total)
	case sc.stopper == 0 && got != sc.total:
		t.Errorf("%d rows of %d although the stream was not ended early, err %v", got, sc.total, err)
	case sc.stopper == 0 && !errors.Is(err, sc.serverEnd):
		t.Errorf("err %v, want %v", err, sc.serverEnd)
	case sc.stopper != 0 && !natural && err == nil:
		t.Errorf("ended early in state %v without a reason", s.State())
	}
	st := s.Stats()
	if st.TotalRowsYielded != uint64(got) || st.ItemsBuffered != 0 || st.EstimatedMemory != 0 {
		t.Errorf("statistics after the end, %d rows taken: %v", got, st)
	}
}
