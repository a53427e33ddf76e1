package stream

import (
	"log/slog"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Bytes are counted as they enter the ring and as the consumer takes them out; nothing is estimated. The limit is looked
// at before each row enters: Fill gets the room that is left and stops in front of the row that does not fit.

// buffered is the bytes of the rows in the ring.
func (s *Stream) buffered() int {
	in, out := s.publishedBytes.Load(), s.takenWord.load()
	return int(in - min(in, out))
}

// reserveRoom is how many bytes the next fill may bring; negative: no bound. REQUIRES: the fill token.
func (s *Stream) reserveRoom() int {
	room := -1
	if limit := s.set.maxMemory; limit > 0 {
		room = max(0, limit-s.buffered())
	}
	if b := s.set.budget; b != nil {
		want := budgetGrant
		if room >= 0 {
			want = min(want, room)
		}
		s.granted += b.reserve(want - s.granted)
		return s.granted
	}
	return room
}

// settleRoom gives back what a fill was granted and did not use. REQUIRES: the fill token.
func (s *Stream) settleRoom(used int) {
	if b := s.set.budget; b != nil {
		b.settle(s.granted, used)
		s.granted = 0
	}
}

// roomForOne is pull in front of a row that does not fit into an empty ring: whether to fill again. REQUIRES: the fill
// token.
func (s *Stream) roomForOne(need int) bool {
	if limit := s.set.maxMemory; limit > 0 && need > limit {
		s.beginEnd(causeFailure, s.breach(limit, need))
		return false
	}
	s.overBudget(need)
	return true
}

// readerNoRoom is the background reader in front of a row that does not fit: whether to go on. REQUIRES: the fill token.
func (s *Stream) readerNoRoom(need int) bool {
	limit := s.set.maxMemory
	if limit > 0 && need > limit {
		s.stopProducer(s.breach(limit, s.buffered()+need))
		return false
	}
	freed := s.ring.Freed() // before all else that is looked at: what changes later wakes the reader
	full := func() bool { return limit > 0 && s.buffered()+need > limit }
	switch {
	case full():
		if s.set.memoryPolicy == MemoryFail && s.set.readAhead == ReadAheadAlways {
			s.stopProducer(s.breach(limit, s.buffered()+need))
			return false
		}
		s.parkReader(func() bool { return full() && s.ring.Freed() == freed })
		return true
	case s.set.budget == nil:
		return true // the consumer has taken rows meanwhile
	case s.buffered() == 0:
		s.overBudget(need)
		return true
	}
	return s.readerOverBudget(need, freed)
}

// breach counts and logs a memory limit that was met, when it is met. current is what the next row would bring the
// buffered bytes to.
func (s *Stream) breach(limit, current int) error {
	s.record.memoryExceeded()
	s.env.Logger.Warn("stream memory limit exceeded", slog.Int("limit_bytes", limit),
		slog.Int("current_bytes", current), slog.Int("over_bytes", current-limit))
	return &werr.MemoryLimitExceededError{Limit: limit, Current: current}
}

// checkSoftLimit warns once per crossing, after a publish that brought the buffered bytes up from before. Only the holder
// of the fill token.
func (s *Stream) checkSoftLimit(before int) {
	if s.set.softLimit == 0 {
		return
	}
	soft := int(s.set.softLimit * float64(s.set.maxMemory))
	buffered := s.buffered()
	if crossed := buffered > soft && (before <= soft || !s.aboveSoft); crossed {
		s.record.softLimit()
		s.env.Logger.Warn("stream memory above its soft limit", slog.Int("soft_limit_bytes", soft),
			slog.Int("current_bytes", buffered), slog.Int("over_bytes", buffered-soft))
	}
	s.aboveSoft = buffered > soft
}
