package main

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// source does for a fill what the connection's does, over frames in memory. A read brings whole rows.
type source struct {
	perRead int
	left    int // reads
	frames  string
	filled  *byte // where they stand already: only the kernel would copy them, and its work is not counted
	r       *protocol.Reader
}

func newSource(rows, size, fills int) *source {
	frame := binary.BigEndian.AppendUint32([]byte{'D'}, uint32(size+10))
	frame = binary.BigEndian.AppendUint32(append(frame, 0, 1), uint32(size))
	frame = append(frame, strings.Repeat("7", size)...)
	s := &source{perRead: rows, left: fills, frames: strings.Repeat(string(frame), rows)}
	s.r = protocol.NewReader(s, protocol.Limits{})
	return s
}

// Read gives the frames of one read.
func (s *source) Read(p []byte) (int, error) {
	s.left--
	if s.filled != &p[0] {
		s.filled = &p[0]
		copy(p, s.frames)
	}
	return len(s.frames), nil
}

// Fill is what conn does: what has arrived, or one read.
func (s *source) Fill(f *feed.Fill) {
	s.r.Free(f.Freed)
	f.N, f.Bytes, f.Need, f.Read, f.Waited, f.Err = 0, 0, 0, 0, false, nil
	f.Outcome = feed.Progress
	for {
		n, size, next, err := s.r.Rows(f.Rows, f.Room)
		f.N, f.Bytes = n, size
		switch {
		case err != nil:
			f.Outcome, f.Err = feed.Broken, err
			return
		case next == protocol.NoRoom:
			f.Outcome, f.Need = feed.NoRoom, s.r.Need()
		}
		if n > 0 || next != protocol.NeedMore {
			return
		}
		if s.left == 0 {
			f.Outcome = feed.Ended
			return
		}
		if f.Read, err = s.r.More(); err != nil {
			f.Outcome, f.Err = feed.Broken, err
			return
		}
	}
}

// Interrupt and the others have nothing to do: nobody waits for memory.
func (s *source) Interrupt() {}

// Clear does nothing.
func (s *source) Clear() {}

// SetDeadline does nothing.
func (s *source) SetDeadline(time.Time) {}

// Stop does nothing.
func (s *source) Stop() error { return nil }

// Abort does nothing.
func (s *source) Abort() {}

// Done does nothing.
func (s *source) Done() {}
