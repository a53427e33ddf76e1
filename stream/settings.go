package stream

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// Settings holds the options of one query, checked and with their defaults. Configure makes it; it is not changed
// afterwards, and so is for any goroutine.
type Settings struct {
	entity          string
	chunkRows       int // 0: adaptive
	chunking        chunking.Config
	capacity        int // a power of two after Configure
	maxMemory       int // 0: none
	memoryPolicy    MemoryPolicy
	softLimit       float64 // 0: none
	readAhead       ReadAhead
	pauseTimeout    time.Duration
	keep            func(json.RawMessage) bool
	firstRowTimeout time.Duration
	stallTimeout    time.Duration
	budget          *Budget
	simple          bool
	unmarshal       func([]byte, any) error
	validate        bool
	onEnd           []func(Summary)
	session         session

	processors int // 0: as many as the runtime uses

	wrong error // of the first option that is out of range by itself
}

// rowRange is what WithChunkRows and WithCapacity want.
const rowRange = "1 to 16777216 rows" // ring.MaxCapacity

// Configure applies the options and checks them together. Its error is a *errors.UsageError that names the option and
// the value; nothing has been sent then.
func Configure(opts ...Option) (*Settings, error) {
	s := &Settings{unmarshal: json.Unmarshal}
	for _, o := range opts {
		if o == nil {
			return nil, usage("a nil stream.Option was given")
		}
		o(s)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.session.resolve(s.simple); err != nil {
		return nil, err
	}
	s.capacity = s.ringCapacity()
	s.chunking = s.chunking.WithDefaults()
	return s, nil
}

// ringCapacity is the number of rows in the ring: what WithCapacity says, or else the default. A chunk is handed over in
// one step, so it has to fit: a size that was asked for raises the capacity, and none lowers it.
func (s *Settings) ringCapacity() int {
	capacity := max(cmp.Or(s.capacity, ring.DefaultCapacity), s.chunkRows)
	if s.adaptive() && s.chunking != (chunking.Config{}) {
		capacity = max(capacity, s.chunking.WithDefaults().Max)
	}
	return ring.Capacity(capacity)
}

// want keeps the first option that is not as it has to be.
func (s *Settings) want(ok bool, option string, value any, want string) {
	if !ok && s.wrong == nil {
		s.wrong = usage(fmt.Sprintf("%s(%v): want %s", option, value, want))
	}
}

// check looks at what the options have come to: all of it where zero is a value like any other, and what depends on a
// second option.
func (s *Settings) check() error {
	const duration = "0 (none) or a positive duration"
	s.want(s.maxMemory >= 0, "WithMaxMemory", s.maxMemory, "0 (no limit) or a number of bytes")
	s.want(s.memoryPolicy <= MemoryWait, "WithMemoryPolicy", s.memoryPolicy, "MemoryFail or MemoryWait")
	s.want(s.softLimit == 0 || s.maxMemory != 0, "WithMemorySoftLimit", s.softLimit, "WithMaxMemory beside it")
	s.want(s.readAhead <= ReadAheadNever, "WithReadAhead", s.readAhead,
		"ReadAheadAuto, ReadAheadAlways or ReadAheadNever")
	s.want(s.pauseTimeout >= 0, "WithPauseTimeout", s.pauseTimeout, duration)
	s.want(s.firstRowTimeout >= 0, "WithFirstRowTimeout", s.firstRowTimeout, duration)
	s.want(s.stallTimeout >= 0, "WithStallTimeout", s.stallTimeout, duration)
	s.want(s.budget == nil || !s.budget.invalid(), "WithBudget", s.budget,
		"NewBudget of 0 or more bytes, and a known policy")
	if s.wrong != nil {
		return s.wrong
	}
	if err := s.chunking.Validate(); err != nil {
		return usage("WithAdaptiveChunking: " + err.Error())
	}
	return nil
}

// adaptive says whether the chunk size follows the occupancy.
func (s *Settings) adaptive() bool { return s.chunkRows == 0 }

func usage(detail string) error { return &werr.UsageError{Detail: detail} }

// FirstRowTimeout is the bound on the wait for the first row, which begins inside Query; 0: none.
func (s *Settings) FirstRowTimeout() time.Duration { return s.firstRowTimeout }

// SimpleProtocol says whether the statement travels in a simple Query message.
func (s *Settings) SimpleProtocol() bool { return s.simple }

// Entity is the metrics label that was asked for, or "".
func (s *Settings) Entity() string { return s.entity }

// HasFilter says whether rows are filtered in Next.
func (s *Settings) HasFilter() bool { return s.keep != nil }

// MaxMemory is the bound on the bytes buffered; 0: none.
func (s *Settings) MaxMemory() int { return s.maxMemory }
