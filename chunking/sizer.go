package chunking

import "fmt"

// Change is what an observation did to the chunk size. The zero value is Kept.
type Change int8

// The changes.
const (
	Shrunk Change = iota - 1
	Kept
	Grew
)

// String returns the change in lower case.
func (c Change) String() string {
	switch c {
	case Shrunk:
		return "shrunk"
	case Kept:
		return "kept"
	case Grew:
		return "grew"
	}
	return fmt.Sprintf("change(%d)", int8(c))
}

// Sizer holds the chunk size of one stream. It is for one goroutine at a time, and allocates nothing after New.
type Sizer struct {
	cfg      Config
	size     int     // rows; Min <= size <= Max
	observed int     // chunks in the window, less than Window
	percents float64 // their occupancies added up
}

// New returns a Sizer that begins at cfg.Initial. Check cfg with Validate first: New uses the defaults instead of a
// Config that Validate refuses, and never panics.
func New(cfg Config) *Sizer {
	if cfg.Validate() != nil {
		cfg = Config{}
	}
	cfg = cfg.WithDefaults()
	return &Sizer{cfg: cfg, size: cfg.Initial}
}

// Size returns the number of rows to hand over in one step.
func (s *Sizer) Size() int { return s.size }

// Observe records how full the ring was after one chunk: buffered of capacity, in any unit. Every Window observations
// it decides on the size and returns the change, which is Kept at a bound that was already reached; in between it
// returns Kept. An observation without a capacity is not counted.
func (s *Sizer) Observe(buffered, capacity int) Change {
	if capacity <= 0 {
		return Kept
	}
	buffered = max(0, min(buffered, capacity))
	s.percents += 100 * float64(buffered) / float64(capacity)
	s.observed++
	if s.observed < s.cfg.Window {
		return Kept
	}
	mean := s.percents / float64(s.observed)
	s.observed, s.percents = 0, 0
	switch {
	case mean > float64(s.cfg.High):
		return s.resize(grown(s.size))
	case mean < float64(s.cfg.Low):
		return s.resize(shrunk(s.size))
	}
	return Kept
}

func (s *Sizer) resize(to int) Change {
	old := s.size
	s.size = max(s.cfg.Min, min(to, s.cfg.Max))
	switch {
	case s.size > old:
		return Grew
	case s.size < old:
		return Shrunk
	}
	return Kept
}

// grown returns size times 1.5, truncated, but at least size+1, because otherwise a size of 1 would never grow. A size
// near the largest int is kept.
func grown(size int) int { return max(size, size+max(1, size/2)) }

// shrunk returns size divided by 1.5, truncated, without overflow.
func shrunk(size int) int { return size/3*2 + size%3*2/3 }
