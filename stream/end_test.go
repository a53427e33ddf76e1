package stream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// early lists the ways to end a stream early, with its error and state afterwards.
var early = map[string]struct {
	end   func(s *stream.Stream, h feed.Handle, cancel context.CancelFunc)
	err   error
	state stream.State
}{
	"close":   {func(s *stream.Stream, _ feed.Handle, _ context.CancelFunc) { _ = s.Close() }, nil, stream.Completed},
	"cancel":  {func(s *stream.Stream, _ feed.Handle, _ context.CancelFunc) { _ = s.CancelTimeout(time.Second) }, werr.ErrCancelled, stream.Failed},
	"context": {func(_ *stream.Stream, _ feed.Handle, cancel context.CancelFunc) { cancel() }, context.Canceled, stream.Failed},
	"connection": {func(_ *stream.Stream, h feed.Handle, _ context.CancelFunc) { h.End(werr.ErrConnectionClosed) },
		werr.ErrConnectionClosed, stream.Failed},
}

func TestEarlyEnd(t *testing.T) {
	t.Parallel()
	moments := map[string]func(s *stream.Stream, src *fakeSource){
		"before the first Next": func(*stream.Stream, *fakeSource) {},
		"row in hand":           func(s *stream.Stream, _ *fakeSource) { s.Next() },
		"while paused":          func(s *stream.Stream, _ *fakeSource) { s.Next(); _ = s.Pause() },
		"server ready already":  func(s *stream.Stream, src *fakeSource) { src.finish(nil); s.Next() },
	}
	for how, e := range early {
		for when, prepare := range moments {
			inModesNamed(t, how+" "+when, func(t *testing.T, mode stream.Option) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				src := newFake()
				src.send(rows(0, 100)...)
				s, h := open(t, ctx, src, mode)
				prepare(s, src)
				synctest.Wait()
				held := string(s.Row())
				e.end(s, h, cancel)
				synctest.Wait()
				if string(s.Row()) != held {
					t.Errorf("the current row changed: %q, was %q", s.Row(), held)
				}
				if s.Next() {
					t.Error("a row after the end")
				}
				if !errors.Is(s.Err(), e.err) || s.State() != e.state || (e.err == nil) != (s.Err() == nil) {
					t.Errorf("err %v, state %v; want %v, %v", s.Err(), s.State(), e.err, e.state)
				}
				synctest.Wait()
				givenBack(t, src, "stop")
			})
		}
	}
}

// A consumer that waits returns at once, while the server is still being stopped in the background.
func TestBlockedNextIsReleasedAtOnce(t *testing.T) {
	t.Parallel()
	for how, e := range early {
		inModesNamed(t, how, func(t *testing.T, mode stream.Option) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			src := newFake()
			src.stopGate = make(chan struct{})
			s, h := open(t, ctx, src, mode)
			returned := make(chan struct{})
			go func() {
				if s.Next() {
					t.Error("Next returned a row")
				}
				close(returned)
			}()
			synctest.Wait()
			go e.end(s, h, cancel)
			<-returned
			if over, _ := src.state(); over != "" {
				t.Errorf("Next waited for the source: %s", over)
			}
			close(src.stopGate)
			synctest.Wait()
			givenBack(t, src, "stop")
		})
	}
}

func TestEndHappensOnce(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
		if err := s.CancelTimeout(time.Second); err != nil || s.Err() != nil {
			t.Errorf("Cancel after Close: %v, Err %v", err, s.Err())
		}
		givenBack(t, src, "stop")
	})
}

func TestCloseReportsALostConnection(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.stopErr = errNetwork
		s, _ := open(t, t.Context(), src, mode)
		if err := s.Close(); !errors.Is(err, errNetwork) || s.Err() != nil {
			t.Errorf("Close: %v, Err: %v", err, s.Err())
		}
	})
}

// Cancel waits for the server no longer than its context allows; then it closes the connection, although it is still
// draining.
func TestCancelTimeout(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.stopGate = make(chan struct{})
		s, _ := open(t, t.Context(), src, mode)
		began := time.Now()
		err := s.CancelTimeout(3 * time.Second)
		var late *werr.CancellationTimeoutError
		if !errors.As(err, &late) || late.After != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if waited := time.Since(began); waited != 3*time.Second {
			t.Errorf("waited %v", waited)
		}
		synctest.Wait()
		if !src.aborted || !errors.Is(s.Err(), werr.ErrCancelled) {
			t.Errorf("aborted %v, Err %v", src.aborted, s.Err())
		}
	})
}

// After the end of the context, the error wraps the context's error and its cause.
func TestContextCause(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		ctx, cancel := context.WithCancelCause(t.Context())
		src := newFake()
		s, _ := open(t, ctx, src, mode)
		go cancel(errServer)
		if s.Next() {
			t.Error("Next returned a row")
		}
		if err := s.Err(); !errors.Is(err, context.Canceled) || !errors.Is(err, errServer) {
			t.Errorf("err %v", err)
		}
		givenBack(t, src, "stop")
	})
}
