package link_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// ask asks as whoever uses a link does: what Ask does not send is left to Write. before is what had arrived.
func (l ends) ask(question []byte) (before, answer string, err error) {
	p := make([]byte, 100)
	n, sent, err := l.Ask(p, question)
	for err == nil && sent == 0 && n > 0 {
		before += string(p[:n])
		n, sent, err = l.Ask(p, question)
	}
	if err == nil && sent < len(question) {
		_, err = l.Write(question[sent:])
	}
	if err == nil && n == 0 {
		n, _, err = l.Read(p)
	}
	return before, string(p[:n]), err
}

// What has arrived is read before anything is written, where it can be seen, and a question of any length is written once.
func TestAsk(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]int{"small": 1, "more than a socket takes": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachLocalKind(t, func(t *testing.T, l ends) {
				question := bytes.Repeat([]byte("question"), lines)
				l.send(t, "rows")
				got := make([]byte, len(question))
				answered := make(chan error, 1)
				go func() {
					_, err := io.ReadFull(l.peer, got)
					_, failed := l.peer.Write([]byte("answer"))
					answered <- errors.Join(err, failed)
				}()
				before, answer, err := l.ask(question)
				if err = errors.Join(err, <-answered); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, question) {
					t.Error("something else came than was asked")
				}
				seen := !strings.Contains(t.Name(), "wrapper") && seesArrived
				if seen && (before != "rows" || answer != "answer") || !seen && !strings.HasPrefix(answer, "rows") {
					t.Errorf("%q had arrived, and then came %q", before, answer)
				}
			})
		})
	}
}

// The other side's end is seen before anything is written.
func TestAskAtTheEnd(t *testing.T) {
	t.Parallel()
	eachLocalKind(t, func(t *testing.T, l ends) {
		l.peer.Close()
		_, sent, err := l.Ask(make([]byte, 100), []byte("question"))
		if sent != 0 {
			t.Errorf("%d bytes were sent to nobody", sent)
		}
		if seen := !strings.Contains(t.Name(), "wrapper") && seesArrived; seen && !errors.Is(err, io.EOF) {
			t.Errorf("error %v, want %v", err, io.EOF)
		}
	})
}

// A turn that is interrupted sends nothing more.
func TestAskInterrupted(t *testing.T) {
	t.Parallel()
	sock, peer := unixPair(t)
	l := ends{link.New(sock, time.Hour), peer}
	l.Interrupt(l.Begin())
	if n, sent, err := l.Ask(make([]byte, 100), []byte("question")); n+sent > 0 {
		t.Errorf("read %d, sent %d, error %v", n, sent, err)
	}
}
