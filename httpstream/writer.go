package httpstream

import (
	"bytes"
	"errors"
	"net/http"
	"slices"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// gatherBytes is how many bytes are collected for one Write. A larger buffer would save few system calls, and each slow
// reader would hold its memory.
const gatherBytes = 32 << 10

// writer collects what is to be sent. After its first error, which it keeps, it writes nothing more.
type writer struct {
	w       http.ResponseWriter
	control *http.ResponseController
	s       *stream.Stream
	buf     []byte
	err     error
}

// add appends p to the buffer. A long p is not copied, but written directly.
func (w *writer) add(p []byte) {
	if len(p) < gatherBytes {
		w.buf = append(w.buf, p...)
		return
	}
	w.send()
	w.write(p)
}

// addLine appends p with line breaks replaced by spaces. In a JSON document they can occur only between tokens, where
// both mean the same.
func (w *writer) addLine(p []byte) {
	for piece := range slices.Chunk(p, gatherBytes) {
		start := len(w.buf)
		w.buf = append(w.buf, piece...)
		blank(w.buf[start:], '\n')
		blank(w.buf[start:], '\r')
		w.sendIfFull()
	}
}

// blank replaces each c in p by a space.
func blank(p []byte, c byte) {
	for i := bytes.IndexByte(p, c); i >= 0; i = bytes.IndexByte(p, c) {
		p[i] = ' '
		p = p[i+1:]
	}
}

// sendIfFull writes the buffer if it is full enough for a Write.
func (w *writer) sendIfFull() {
	if len(w.buf) >= gatherBytes {
		w.send()
	}
}

// send writes the buffer, without a flush.
func (w *writer) send() {
	if len(w.buf) > 0 {
		w.write(w.buf)
	}
	w.buf = w.buf[:0]
}

// Write implements io.Writer for the stream's WriteTo and WriteArray. If the stream is about to wait for the server, it
// flushes at once.
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

// flush sends the buffer to the client. A ResponseWriter that cannot flush decides itself when it sends.
func (w *writer) flush() {
	w.send()
	if w.err != nil {
		return
	}
	if err := w.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		w.err = err
	}
}
