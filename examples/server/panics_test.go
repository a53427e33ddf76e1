package main

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// panicky is a writer that panics at a call of Write, like a handler with a fault.
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

// A panic in a handler is logged once, returns the connection to the pool, and ends only its own answer.
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

// With a writer that supports neither flushing nor deadlines, the rows are still sent.
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
		t.Errorf("%s: an incomplete answer looks complete", answer.Status)
	}
	p.expectedLines = 1
	p.waitSettled()
}
