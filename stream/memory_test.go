package stream_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// doc is a document of n bytes.
func doc(n int) []byte { return []byte(`"` + strings.Repeat("x", n-2) + `"`) }

func docs(count, size int) [][]byte {
	out := make([][]byte, count)
	for i := range out {
		out[i] = doc(size)
	}
	return out
}

// A row above the limit fails in every mode, and with both policies; the rows before it come first.
func TestRowAboveTheLimit(t *testing.T) {
	t.Parallel()
	for _, policy := range []stream.MemoryPolicy{stream.MemoryFail, stream.MemoryWait} {
		inModesNamed(t, fmt.Sprint(policy), func(t *testing.T, mode stream.Option) {
			src := newFake()
			src.send(doc(50), doc(40), doc(101), doc(10))
			s, _ := open(t, t.Context(), src, mode, stream.WithMaxMemory(100), stream.WithMemoryPolicy(policy))
			n := len(readAll(s))
			var limit *werr.MemoryLimitExceededError
			if n != 2 || !errors.As(s.Err(), &limit) || limit.Limit != 100 || limit.Current < 101 {
				t.Errorf("%d rows, err %v", n, s.Err())
			}
			_ = s.Close()
			givenBack(t, src, "stop")
		})
	}
}

// Under ReadAheadAlways and MemoryFail the reader fails as soon as it reaches the row that would exceed the limit; the
// rows buffered before are delivered first.
func TestMemoryFailTripsAtTheRow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := newFake()
		src.send(docs(20, 100)...)
		s, _ := open(t, t.Context(), src, stream.WithReadAhead(stream.ReadAheadAlways), stream.WithMaxMemory(1050))
		synctest.Wait() // the query is over before the consumer comes
		if st := s.Stats(); st.ItemsBuffered != 10 || st.EstimatedMemory != 1000 || st.State != stream.Active {
			t.Errorf("after the breach: %v", st)
		}
		if n := len(readAll(s)); n != 10 {
			t.Errorf("%d rows before the error, want 10", n)
		}
		want := &werr.MemoryLimitExceededError{Limit: 1050, Current: 1100}
		var got *werr.MemoryLimitExceededError
		if !errors.As(s.Err(), &got) || !cmp.Equal(want, got) {
			t.Errorf("error (-want +got):\n%s", cmp.Diff(want, got))
		}
		givenBack(t, src, "stop")
	})
}

// In all other modes nothing fails, and the limit is kept.
func TestMemoryLimitIsKept(t *testing.T) {
	t.Parallel()
	kinds := map[string][]stream.Option{
		"default":     nil,
		"pull":        {stream.WithReadAhead(stream.ReadAheadNever)},
		"always wait": {stream.WithReadAhead(stream.ReadAheadAlways), stream.WithMemoryPolicy(stream.MemoryWait)},
	}
	for name, opts := range kinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newFake()
				src.send(docs(500, 100)...)
				src.finish(nil)
				s, _ := open(t, t.Context(), src, append(opts, stream.WithMaxMemory(350))...)
				n := 0
				for s.Next() {
					if held := s.Stats().EstimatedMemory; held > 350 {
						t.Fatalf("%d bytes buffered at row %d", held, n)
					}
					n++
				}
				if n != 500 || s.Err() != nil || src.maxRoom > 350 {
					t.Errorf("%d rows, err %v, room of up to %d", n, s.Err(), src.maxRoom)
				}
				givenBack(t, src, "done")
			})
		})
	}
}

// With a budget smaller than what its streams want, all of them reach their end in every mode, and the whole budget is
// returned.
func TestBudgetIsSharedAndReturned(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		budget := stream.NewBudget(300, stream.MemoryWait)
		const streams, each = 8, 200
		results := make(chan int, streams)
		for range streams {
			src := newFake()
			src.send(docs(each, 100)...)
			src.finish(nil)
			s, _ := open(t, t.Context(), src, mode, stream.WithBudget(budget))
			go func() {
				n := 0
				for s.Next() {
					if used := budget.Used(); used > 300+streams*100 {
						t.Errorf("budget of 300 used with %d", used)
					}
					time.Sleep(time.Microsecond)
					n++
				}
				results <- n
			}()
		}
		for range streams {
			if n := <-results; n != each {
				t.Errorf("%d rows, want %d", n, each)
			}
		}
		synctest.Wait()
		if used := budget.Used(); used != 0 {
			t.Errorf("%d bytes of the budget not returned", used)
		}
	})
}

func TestBudgetFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		budget := stream.NewBudget(250, stream.MemoryFail)
		src := newFake()
		src.send(docs(20, 100)...)
		s, _ := open(t, t.Context(), src, stream.WithReadAhead(stream.ReadAheadAlways), stream.WithBudget(budget))
		synctest.Wait()
		n := len(readAll(s))
		var limit *werr.MemoryLimitExceededError
		if n != 2 || !errors.As(s.Err(), &limit) || limit.Limit != 250 {
			t.Errorf("%d rows, err %v", n, s.Err())
		}
		_ = s.Close()
		if budget.Used() != 0 {
			t.Errorf("%d bytes of the budget not returned", budget.Used())
		}
	})
}
