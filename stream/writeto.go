package stream

import "io"

// WriteTo writes the rows as NDJSON: one document per line, null for SQL NULL. Line breaks between the tokens of a json
// value become spaces; nothing else is changed. Except for rows of 1 MiB and more, each Write consists of whole lines.
// Buffered rows are written before the stream waits for the server. WriteTo returns the number of bytes written and the
// first error, of w or of the stream, and closes the stream.
//
// Rows are collected into Writes of up to 64 KiB; a larger row is a Write of its own. A row of 1 MiB or more is not
// copied, and its line break is part of the next Write. If w is a *net.TCPConn or a *net.UnixConn, rows of 8 KiB and
// more are not copied: they go from the read buffer to the socket, with writev(2).
func (s *Stream) WriteTo(w io.Writer) (int64, error) {
	defer s.Close() //nolint:errcheck // Err has the stream's error
	l := newLines(w, s.consumer.plain, !s.env.OneLine)
	if err := s.writeRows(l); err != nil {
		return l.written, err
	}
	l.recycle()
	return l.written, s.Err()
}

// WriteArray writes the rows as one JSON array, with null for SQL NULL, and [] if there are no rows. Like WriteTo, it
// collects rows for each Write, and writes buffered rows before the stream waits for the server. It returns the number
// of bytes written and the first error, of w or of the stream, and closes the stream. After an error the array has no
// closing bracket, so that a partial result is not taken for a complete one.
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

// writeRows writes all rows. The error is that of the writer.
func (s *Stream) writeRows(l *lines) error {
	for {
		// Flush before waiting for the server, and before giving back a row that was lent to the writer.
		if !s.Ready() || l.lent > 0 && s.consumer.givesBackNext() {
			if err := l.flush(); err != nil {
				return err
			}
		}
		if !s.Next() {
			break
		}
		row := s.consumer.row
		s.consumer.row = nil // nothing else uses it
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

// gather takes the rows for which Next would have nothing to check, as far as they fit into l.
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
