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

// Settings holds the options of one query, checked and with defaults filled in. Configure makes it. It does not change
// afterwards, so it is safe for concurrent use.
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

	processors int32 // 0: as many as the runtime uses

	wrong error // the error for the first option whose value is out of range
}

// rowRange is the range of WithChunkRows and WithCapacity, for error texts.
const rowRange = "1 to 16777216 rows" // ring.MaxCapacity

// Configure applies the options and checks them together. Its error is a *errors.UsageError that names the option and
// the value.
func Configure(opts ...Option) (*Settings, error) {
	if len(opts) == 0 {
		return defaults, nil
	}
	return configure(opts)
}

// defaults are shared by all queries without options.
var defaults, _ = configure(nil) // valid

func configure(opts []Option) (*Settings, error) {
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

// ringCapacity is the number of rows that the ring has room for: the value of WithCapacity, or the default. A chunk is
// handed over in one step, so it must fit: a chunk size that was set may raise the capacity, but never lowers it.
func (s *Settings) ringCapacity() int {
	capacity := max(cmp.Or(s.capacity, ring.DefaultCapacity), s.chunkRows)
	if s.adaptive() && s.chunking != (chunking.Config{}) {
		capacity = max(capacity, s.chunking.WithDefaults().Max)
	}
	return ring.Capacity(capacity)
}

// want records an error for the option if ok is false and no other option has failed yet.
func (s *Settings) want(ok bool, option string, value any, want string) {
	if !ok && s.wrong == nil {
		s.wrong = usage(fmt.Sprintf("%s(%v): want %s", option, value, want))
	}
}

// check checks the settings that an option has not checked itself: those whose zero value is valid, and those that
// depend on a second option.
func (s *Settings) check() error {
	const duration = "0 (none) or a positive duration"
	s.want(s.maxMemory >= 0, "WithMaxMemory", s.maxMemory, "0 (no limit) or a number of bytes")
	s.want(s.memoryPolicy <= MemoryWait, "WithMemoryPolicy", s.memoryPolicy, "MemoryFail or MemoryWait")
	s.want(s.softLimit == 0 || s.maxMemory != 0, "WithMemorySoftLimit", s.softLimit, "WithMaxMemory as well")
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

// adaptive reports whether the chunk size adapts to the occupancy.
func (s *Settings) adaptive() bool { return s.chunkRows == 0 }

func usage(detail string) error { return &werr.UsageError{Detail: detail} }

// FirstRowTimeout returns the bound on the wait for the first row, which begins inside Query; 0: none.
func (s *Settings) FirstRowTimeout() time.Duration { return s.firstRowTimeout }

// SimpleProtocol reports whether the statement is sent in a simple Query message.
func (s *Settings) SimpleProtocol() bool { return s.simple }

// Entity returns the metrics label that was set, or "".
func (s *Settings) Entity() string { return s.entity }

// HasFilter reports whether Next filters the rows.
func (s *Settings) HasFilter() bool { return s.keep != nil }

// MaxMemory returns the bound on the bytes buffered; 0: none.
func (s *Settings) MaxMemory() int { return s.maxMemory }
