package stream

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// Settings is what the options of one query come to. Made by Configure; read-only afterwards.
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

	// named: options whose zero value is an error when it was given, and a default when it was not.
	named struct{ chunkRows, chunking, capacity, softLimit, keep, budget, unmarshal bool }
}

// Configure applies the options and checks them together. Its error is a *errors.UsageError that names the option and
// the value; nothing has been sent then.
func Configure(opts ...Option) (*Settings, error) {
	s := &Settings{}
	for _, o := range opts {
		if o == nil {
			return nil, usage("a nil stream.Option was given")
		}
		o(s)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	s.chunking = s.chunking.WithDefaults()
	if s.unmarshal == nil {
		s.unmarshal = json.Unmarshal
	}
	// A chunk above the capacity raises it: a chunk is handed over in one step, so it has to fit.
	s.capacity = max(s.capacity, s.chunkRows)
	if s.chunkRows == 0 && s.named.chunking {
		s.capacity = max(s.capacity, s.chunking.Max)
	}
	s.capacity = ring.Capacity(s.capacity)
	return s, nil
}

func (s *Settings) check() error {
	ranges := []struct {
		bad    bool
		option string
		value  any
		want   string
	}{
		{s.named.chunkRows && (s.chunkRows < 1 || s.chunkRows > ring.MaxCapacity), "WithChunkRows", s.chunkRows,
			"1 to 16777216 rows"},
		{s.named.capacity && (s.capacity < 1 || s.capacity > ring.MaxCapacity), "WithCapacity", s.capacity,
			"1 to 16777216 rows"},
		{s.maxMemory < 0, "WithMaxMemory", s.maxMemory, "0 (no limit) or a number of bytes"},
		{s.memoryPolicy > MemoryWait, "WithMemoryPolicy", s.memoryPolicy, "MemoryFail or MemoryWait"},
		{s.named.softLimit && !(s.softLimit > 0 && s.softLimit <= 1), "WithMemorySoftLimit", s.softLimit,
			"a fraction above 0 and at most 1"},
		{s.named.softLimit && s.maxMemory == 0, "WithMemorySoftLimit", s.softLimit, "WithMaxMemory beside it"},
		{s.readAhead > ReadAheadNever, "WithReadAhead", s.readAhead,
			"ReadAheadAuto, ReadAheadAlways or ReadAheadNever"},
		{s.pauseTimeout < 0, "WithPauseTimeout", s.pauseTimeout, "0 (none) or a positive duration"},
		{s.firstRowTimeout < 0, "WithFirstRowTimeout", s.firstRowTimeout, "0 (none) or a positive duration"},
		{s.stallTimeout < 0, "WithStallTimeout", s.stallTimeout, "0 (none) or a positive duration"},
		{s.named.keep && s.keep == nil, "WithFilter", "nil", "a function"},
		{s.named.budget && s.budget == nil, "WithBudget", "nil", "a budget made by NewBudget"},
		{s.budget != nil && s.budget.invalid(), "WithBudget", s.budget, "NewBudget of 0 or more bytes, and a known policy"},
		{slices.ContainsFunc(s.onEnd, func(f func(Summary)) bool { return f == nil }), "WithOnEnd", "nil", "a function"},
		{s.named.unmarshal && s.unmarshal == nil, "WithUnmarshal", "nil", "a function"},
	}
	for _, r := range ranges {
		if r.bad {
			return usage(fmt.Sprintf("%s(%v): want %s", r.option, r.value, r.want))
		}
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
