package httpstream

import (
	"bytes"
	"errors"
	"net/http"
	"slices"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// gatherBytes is how much is gathered for one Write. What a larger buffer would save in system calls is not worth its
// memory, which each slow reader holds.
const gatherBytes = 32 << 10

// writer gathers what is to be sent. Its first error stays.
type writer struct {
	w       http.ResponseWriter
	control *http.ResponseController
	s       *stream.Stream
	buf     []byte
	err     error
}

// add appends to what is gathered. A long text is not gathered, but sent as it is.
func (w *writer) add(p []byte) {
	if len(p) < gatherBytes {
		w.buf = append(w.buf, p...)
		return
	}
	w.send()
	w.write(p)
}

// addLine appends p with its line breaks as spaces: between the tokens of a JSON document, where alone they can be, both
// mean the same.
func (w *writer) addLine(p []byte) {
	for piece := range slices.Chunk(p, gatherBytes) {
		start := len(w.buf)
		w.buf = append(w.buf, piece...)
		blank(w.buf[start:], '\n')
		blank(w.buf[start:], '\r')
		w.sendIfFull()
	}
}

// blank puts a space where p has c.
func blank(p []byte, c byte) {
	for i := bytes.IndexByte(p, c); i >= 0; i = bytes.IndexByte(p, c) {
		p[i] = ' '
		p = p[i+1:]
	}
}

// sendIfFull sends what is gathered once it is worth a Write.
func (w *writer) sendIfFull() {
	if len(w.buf) >= gatherBytes {
		w.send()
	}
}

// send writes what is gathered, without a flush.
func (w *writer) send() {
	if len(w.buf) > 0 {
		w.write(w.buf)
	}
	w.buf = w.buf[:0]
}

// Write implements io.Writer for what the stream has gathered. It goes on its way to the client at once if the stream is
// about to wait for the server.
func (w *writer) Write(p []byte) (int, error) {
	w.write(p)
	if !w.s.Ready() {
		w.flush()
	}
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

func (w *writer) write(p []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(p)
	}
}

// flush sends what is gathered on its way to the client. A writer that cannot flush sends it when it likes.
func (w *writer) flush() {
	w.send()
	if w.err != nil {
		return
	}
	if err := w.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		w.err = err
	}
}
