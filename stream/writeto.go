package stream

import (
	"bytes"
	"io"
)

// lineBuffer is how many bytes WriteTo gathers for one Write.
const lineBuffer = 64 << 10

// WriteTo writes the rows as NDJSON: one document a line, null for SQL NULL. Line breaks between the tokens of a json
// value become spaces; nothing else is changed. A Write holds whole lines only, and rows are never held back while the
// server is waited for. It returns the bytes written and the first error, of w or of the stream, and closes the stream.
func (s *Stream) WriteTo(w io.Writer) (int64, error) {
	defer s.Close() //nolint:errcheck // Err has the stream's error
	lines := lineWriter{w: w}
	for {
		if !s.ready() {
			if err := lines.flush(); err != nil {
				return lines.written, err
			}
		}
		if !s.Next() {
			break
		}
		if err := lines.add(s.row); err != nil {
			return lines.written, err
		}
	}
	if err := lines.flush(); err != nil {
		return lines.written, err
	}
	return lines.written, s.Err()
}

// ready says whether Next has a row without waiting. Only the consumer.
func (s *Stream) ready() bool { return !s.halted.Load() && s.head < s.ring.Tail() }

// lineWriter gathers whole lines.
type lineWriter struct {
	w       io.Writer
	buf     []byte
	written int64
}

func (l *lineWriter) add(row []byte) error {
	if row == nil {
		row = []byte("null")
	}
	if len(l.buf) > 0 && len(l.buf)+len(row) >= lineBuffer {
		if err := l.flush(); err != nil {
			return err
		}
	}
	if l.buf == nil {
		l.buf = make([]byte, 0, lineBuffer)
	}
	start := len(l.buf)
	l.buf = append(l.buf, row...)
	oneLine(l.buf[start:])
	l.buf = append(l.buf, '\n')
	return nil
}

func (l *lineWriter) flush() error {
	if len(l.buf) == 0 {
		return nil
	}
	n, err := l.w.Write(l.buf)
	l.written += int64(n)
	if err == nil && n < len(l.buf) {
		err = io.ErrShortWrite
	}
	if cap(l.buf) > 4*lineBuffer {
		l.buf = nil // a very large row passed; do not keep its size
	}
	l.buf = l.buf[:0]
	return err
}

// oneLine replaces line breaks: in JSON they stand between tokens only (RFC 8259 section 7 wants them escaped in strings).
func oneLine(doc []byte) {
	for _, brk := range []byte{'\n', '\r'} {
		for i := bytes.IndexByte(doc, brk); i >= 0; {
			doc[i] = ' '
			next := bytes.IndexByte(doc[i+1:], brk)
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
}
