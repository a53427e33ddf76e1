package main

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// panicky is a writer that panics at a call of Write, as a handler with a fault would.
type panicky struct {
	http.ResponseWriter
	left int // calls before that
}

func (w *panicky) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *panicky) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		panic("a fault")
	}
	return w.ResponseWriter.Write(p)
}

// A handler that panics is told once, gives its connection back, and ends no more than its answer.
func TestPanics(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]int{"before the first row": 0, "in the middle": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var once sync.Once
			p := launchWith(t, func(s *server) {
				guarded := s.public.Handler.(*guard)
				next := guarded.next
				guarded.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					once.Do(func() { w = &panicky{w, left} })
					next.ServeHTTP(w, r)
				})
			})
			r, err := http.NewRequestWithContext(testbed.Context(t), "GET", p.url+"/endless", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", acme)
			answer, err := http.DefaultClient.Do(r)
			if err == nil {
				_, err = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
			if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
				t.Errorf("the client sees %v", err)
			}
			if got := p.waitFailure(); got["panic"] != "a fault" || got["level"] != "ERROR" {
				t.Errorf("the log says %v", got)
			}
			p.waitSettled()
			p.rows(request{params: param("limit", "1")})
		})
	}
}

// Behind a writer that can neither flush nor be given a time, the rows come all the same.
func TestWriterThatCannotFlush(t *testing.T) {
	t.Parallel()
	p := launchWith(t, func(s *server) {
		next := s.public.Handler
		s.public.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
		})
	})
	if got := p.rows(request{params: param("fields", "id")}); len(got) != 4000 {
		t.Errorf("%d rows", len(got))
	}
	if answer := p.ask(request{path: "/broken"}); answer.err == nil {
		t.Errorf("%s: half an answer looks whole", answer.Status)
	}
	p.expectedLines = 1
	p.waitSettled()
}
