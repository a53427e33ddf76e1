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

// ask calls Ask as the users of a link do, and sends the rest of the question with Write. before is what had arrived.
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

// Data that has arrived is read before anything is written, if that can be known, and a question of any length is
// written once.
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
					t.Error("the peer received something else")
				}
				seen := !strings.Contains(t.Name(), "wrapper") && seesArrived
				if seen && (before != "rows" || answer != "answer") || !seen && !strings.HasPrefix(answer, "rows") {
					t.Errorf("%q had arrived, then %q", before, answer)
				}
			})
		})
	}
}

// If the peer has closed the connection, nothing is written.
func TestAskAtTheEnd(t *testing.T) {
	t.Parallel()
	eachLocalKind(t, func(t *testing.T, l ends) {
		l.peer.Close()
		_, sent, err := l.Ask(make([]byte, 100), []byte("question"))
		if sent != 0 {
			t.Errorf("%d bytes were sent after the peer had closed", sent)
		}
		if seen := !strings.Contains(t.Name(), "wrapper") && seesArrived; seen && !errors.Is(err, io.EOF) {
			t.Errorf("error %v, want %v", err, io.EOF)
		}
	})
}

// After an interrupt, a turn sends nothing more.
func TestAskInterrupted(t *testing.T) {
	t.Parallel()
	sock, peer := unixPair(t)
	l := ends{link.New(sock, time.Hour), peer}
	l.Interrupt(l.Begin())
	if n, sent, err := l.Ask(make([]byte, 100), []byte("question")); n+sent > 0 {
		t.Errorf("read %d, sent %d, error %v", n, sent, err)
	}
}
