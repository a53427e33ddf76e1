package stream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The background reader has reached a limit, and the consumer leaves before it has taken the rows that came before:
// while the source is still being stopped, or after that. The source is stopped once, WithOnEnd is called once, and the
// first error stays.
func TestEndAfterALimitWithRowsLeft(t *testing.T) {
	t.Parallel()
	for how, e := range early {
		for _, stopping := range []bool{false, true} {
			name := how + map[bool]string{false: " behind the stop", true: " during the stop"}[stopping]
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					var ends endings
					src := newFake()
					src.send(docs(20, 100)...)
					gate := make(chan struct{})
					src.stopGate = gate
					s, h := open(t, ctx, src, ends.option(),
						stream.WithReadAhead(stream.ReadAheadAlways), stream.WithMaxMemory(1050))
					synctest.Wait() // the reader is in Stop
					if !stopping {
						close(gate)
						synctest.Wait()
					}
					if !s.Next() || s.Err() != nil || len(ends) != 0 {
						t.Fatalf("a row before the end: %v, summaries %v", s.Err(), ends)
					}
					ended := make(chan struct{})
					go func() { e.end(s, h, cancel); close(ended) }()
					synctest.Wait()
					if s.Next() {
						t.Error("a row after the end")
					}
					if stopping {
						if len(ends) != 0 {
							t.Error("WithOnEnd function called while the source is being stopped")
						}
						close(gate)
					}
					<-ended
					givenBack(t, src, "stop")
					if !errors.Is(s.Err(), e.err) || (e.err == nil) != (s.Err() == nil) || len(ends) != 1 {
						t.Errorf("err %v, want %v; summaries %v", s.Err(), e.err, ends)
					}
				})
			})
		}
	}
}

// The consumer takes the rows before the limit and then gets its error. If the source has been stopped, WithOnEnd has
// been called when the last Next returns; if it is still being stopped, Next does not wait for that.
func TestReadToALimit(t *testing.T) {
	t.Parallel()
	for name, stopping := range map[string]bool{"behind the stop": false, "during the stop": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ends endings
				src := newFake()
				src.send(docs(20, 100)...)
				gate := make(chan struct{})
				src.stopGate = gate
				s, _ := open(t, t.Context(), src, ends.option(),
					stream.WithReadAhead(stream.ReadAheadAlways), stream.WithMaxMemory(1050))
				synctest.Wait()
				if !stopping {
					close(gate)
					synctest.Wait()
				}
				n := len(readAll(s))
				var limit *werr.MemoryLimitExceededError
				if n != 10 || !errors.As(s.Err(), &limit) || (len(ends) == 1) == stopping {
					t.Errorf("%d rows, err %v, summaries %v", n, s.Err(), ends)
				}
				if stopping {
					close(gate)
				}
				givenBack(t, src, "stop")
				if len(ends) != 1 {
					t.Errorf("WithOnEnd function called %d times", len(ends))
				}
			})
		})
	}
}
