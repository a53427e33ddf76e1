package stream_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// autoRun is a stream under ReadAheadAuto whose server has sent all its rows, or sends them one by one.
type autoRun struct {
	src *fakeSource
	s   *stream.Stream
}

func newAutoRun(t *testing.T, processors int32) *autoRun {
	src := newFake()
	s, _ := open(t, t.Context(), src, stream.WithCapacity(8), stream.WithProcessors(processors))
	t.Cleanup(func() { _ = s.Close() })
	return &autoRun{src, s}
}

// take takes n rows that have arrived, and works on each for the given time. It reports whether a reader runs at the
// end.
func (r *autoRun) take(t *testing.T, n int, work time.Duration) bool {
	t.Helper()
	for range n {
		if !r.s.Next() {
			t.Fatalf("no row: %v", r.s.Err())
		}
		time.Sleep(work)
	}
	return r.s.Stats().ReadAhead
}

// starve takes n rows, each of which is sent only when the consumer waits.
func (r *autoRun) starve(t *testing.T, n int) bool {
	t.Helper()
	for i := range n {
		go func() {
			time.Sleep(time.Second)
			r.src.send(rows(i, 1)...)
		}()
		r.take(t, 1, 0)
	}
	return r.s.Stats().ReadAhead
}

// With one processor the stream stays with pull, however slow the consumer is.
func TestAutoStaysWithPullOnOneProcessor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newAutoRun(t, 1)
		r.src.send(rows(0, 1000)...)
		if r.take(t, 1000, time.Millisecond) {
			t.Error("a reader runs on one processor")
		}
	})
}

// A consumer that is slower than its reads gets a reader; one that is as fast as the server does not.
func TestAutoStartsAReaderForASlowConsumer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		run  func(t *testing.T, r *autoRun) bool
		want bool
	}{
		{"slow", func(t *testing.T, r *autoRun) bool {
			r.src.send(rows(0, 1000)...)
			return r.take(t, 100, time.Millisecond)
		}, true},
		{"slow, few rows", func(t *testing.T, r *autoRun) bool {
			r.src.send(rows(0, 24)...)
			return r.take(t, 24, time.Millisecond)
		}, false},
		{"waiting for the server", func(t *testing.T, r *autoRun) bool { return r.starve(t, 100) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := tt.run(t, newAutoRun(t, 2)); got != tt.want {
					t.Errorf("a reader runs: %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// A consumer that waits for the reader most of the time goes back to pull; a burst of slow work starts the reader
// again.
func TestAutoGoesBackToPull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newAutoRun(t, 2)
		const burst = 80 // ten reads of a full ring
		for i := range 20 {
			r.src.send(rows(0, burst)...)
			if !r.take(t, burst, time.Millisecond) {
				t.Errorf("no reader runs in slow burst %d", i)
			}
			if r.starve(t, 30) {
				t.Fatal("a reader runs although the consumer only waits for it")
			}
		}
	})
}

// Short pauses of the server do not stop a slow consumer's reader: the policy compares sums of the two times.
func TestAutoKeepsAReaderThroughShortWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newAutoRun(t, 2)
		for i := range 50 {
			r.src.send(rows(0, 80)...)
			if !r.take(t, 80, time.Millisecond) {
				t.Fatalf("no reader runs after wait %d", i)
			}
			go func() {
				time.Sleep(10 * time.Millisecond)
				r.src.send(rows(0, 1)...)
			}()
			r.take(t, 1, 0)
		}
	})
}

// When filling passes between consumer and reader, the current row does not change, and no row is lost or repeated.
func TestAutoKeepsTheRowsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newAutoRun(t, 2)
		go func() {
			for i := 0; i < 2000; i += 100 {
				r.src.send(rows(i, 100)...)
				time.Sleep(time.Second)
			}
			r.src.finish(nil)
		}()
		seen, n := map[bool]int{}, 0
		for r.s.Next() {
			want := string(rows(n, 1)[0])
			time.Sleep(time.Millisecond)
			if got := string(r.s.Row()); got != want {
				t.Fatalf("row %d: %s, want %s", n, got, want)
			}
			seen[r.s.Stats().ReadAhead]++
			n++
		}
		if n != 2000 || r.s.Err() != nil || seen[true] == 0 || seen[false] == 0 {
			t.Errorf("%d rows, err %v, with and without a reader %v", n, r.s.Err(), seen)
		}
	})
}

// No goroutine is left when the stream ends or is paused, whichever goroutine fills.
func TestAutoEndsWithAReader(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *stream.Stream){
		"close":                func(s *stream.Stream) { _ = s.Close() },
		"cancel while paused":  func(s *stream.Stream) { _ = s.Pause(); _ = s.CancelTimeout(time.Second) },
		"pause, resume, close": func(s *stream.Stream) { _ = s.Pause(); time.Sleep(time.Second); _ = s.Resume(); _ = s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newAutoRun(t, 2)
				r.src.send(rows(0, 1000)...)
				if !r.take(t, 100, time.Millisecond) {
					t.Fatal("no reader runs")
				}
				end(r.s)
				if r.s.Next() {
					t.Error("a row after the end")
				}
				synctest.Wait()
				givenBack(t, r.src, "stop")
			})
		})
	}
}
