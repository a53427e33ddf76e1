package stream

import "io"

// WriteTo writes the rows as NDJSON: one document a line, null for SQL NULL. Line breaks between the tokens of a json
// value become spaces; nothing else is changed. A Write holds whole lines only, but for rows of 1 MiB and more, and rows
// are never held back while the server is waited for. It returns the bytes written and the first error, of w or of the
// stream, and closes the stream.
//
// Rows are gathered to 64 KiB for each Write; a larger row is a Write of its own. From 1 MiB on it is not copied, and its
// line break is the next Write. Where w is a *net.TCPConn or a
// *net.UnixConn, rows of 8 KiB and more are not copied: they go from the read buffer to the socket, by writev(2).
func (s *Stream) WriteTo(w io.Writer) (int64, error) {
	defer s.Close() //nolint:errcheck // Err has the stream's error
	l := newLines(w, s.consumer.plain, !s.env.OneLine)
	if err := s.writeRows(l); err != nil {
		return l.written, err
	}
	l.recycle()
	return l.written, s.Err()
}

// WriteArray writes the rows as one JSON array, null for SQL NULL and [] where there are none. Rows are gathered and
// written as WriteTo does, and are never held back while the server is waited for. It returns the bytes written and the
// first error, of w or of the stream, and closes the stream. After an error the array is left without its closing
// bracket, so that nobody takes a part for the whole.
func (s *Stream) WriteArray(w io.Writer) (int64, error) {
	defer s.Close() //nolint:errcheck // Err has the stream's error
	l := newArray(w, s.consumer.plain)
	err := s.writeRows(l)
	if err == nil {
		err = s.Err()
	}
	if err == nil {
		err = l.close()
	}
	if err == nil {
		l.recycle()
	}
	return l.written, err
}

// writeRows writes all rows. Its error is the writer's.
func (s *Stream) writeRows(l *lines) error {
	for {
		// Before the server is waited for, and before a row is given back that was lent to the writer.
		if !s.Ready() || l.lent > 0 && s.consumer.givesBackNext() {
			if err := l.flush(); err != nil {
				return err
			}
		}
		if !s.Next() {
			break
		}
		row := s.consumer.row
		s.consumer.row = nil // nobody else sees it
		if !l.fits(row) {
			if err := l.flush(); err != nil {
				return err
			}
		}
		l.add(row)
		s.gather(l)
	}
	return l.flush()
}

// gather takes the rows that Next would take without a look at anything, as far as they fit into l.
func (s *Stream) gather(l *lines) {
	if s.life.halted() {
		return
	}
	head, taken := s.consumer.head, s.consumer.taken
	for ; head < s.consumer.ahead; head++ {
		row := s.consumer.ring.At(head)
		if !l.fits(row) {
			break
		}
		l.add(row)
		taken += uint64(len(row))
		if len(row) > bigRow {
			s.consumer.ring.Drop(head)
		}
	}
	s.consumer.head, s.consumer.taken = head, taken
	s.consumer.headWord.set(head)
	s.consumer.takenWord.set(taken)
}
