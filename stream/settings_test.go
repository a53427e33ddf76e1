package stream_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

type jsonRaw = json.RawMessage

// Every invalid value is rejected with an error that names the option and the value.
func TestConfigureRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		option stream.Option
		want   string
	}{
		{stream.WithChunkRows(0), "WithChunkRows(0)"},
		{stream.WithChunkRows(-1), "WithChunkRows(-1)"},
		{stream.WithChunkRows(1 << 30), "WithChunkRows(1073741824)"},
		{stream.WithCapacity(0), "WithCapacity(0)"},
		{stream.WithCapacity(-5), "WithCapacity(-5)"},
		{stream.WithMaxMemory(-1), "WithMaxMemory(-1)"},
		{stream.WithMemoryPolicy(7), "WithMemoryPolicy(7)"},
		{stream.WithMemorySoftLimit(0), "WithMemorySoftLimit(0)"},
		{stream.WithMemorySoftLimit(1.5), "WithMemorySoftLimit(1.5)"},
		{stream.WithMemorySoftLimit(math.NaN()), "WithMemorySoftLimit(NaN)"},
		{stream.WithMemorySoftLimit(0.5), "WithMaxMemory"},
		{stream.WithReadAhead(9), "WithReadAhead(9)"},
		{stream.WithPauseTimeout(-1), "WithPauseTimeout(-1ns)"},
		{stream.WithFirstRowTimeout(-1), "WithFirstRowTimeout(-1ns)"},
		{stream.WithStallTimeout(-1), "WithStallTimeout(-1ns)"},
		{stream.WithFilter(nil), "WithFilter(nil)"},
		{stream.WithBudget(nil), "WithBudget(nil)"},
		{stream.WithBudget(stream.NewBudget(-1, stream.MemoryWait)), "WithBudget(NewBudget(-1, 1))"},
		{stream.WithBudget(stream.NewBudget(1, 9)), "WithBudget(NewBudget(1, 9))"},
		{stream.WithUnmarshal(nil), "WithUnmarshal(nil)"},
		{stream.WithOnEnd(nil), "WithOnEnd(nil)"},
		{stream.WithAdaptiveChunking(chunking.Config{Min: 100, Max: 10}), "WithAdaptiveChunking"},
		{nil, "nil"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			_, err := stream.Configure(tt.option)
			var usage *werr.UsageError
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that names %s", err, tt.want)
			}
		})
	}
}

func TestConfigureDefaults(t *testing.T) {
	t.Parallel()
	if _, err := stream.Configure(); err != nil {
		t.Fatal(err)
	}
	src := newFake()
	s, _ := open(t, t.Context(), src)
	if st := s.Stats(); st.ChunkRows != 256 || st.ReadAhead || st.State != stream.Active {
		t.Errorf("a new stream: %v", st)
	}
	_ = s.Close()
}

// A chunk larger than the ring makes the ring larger.
func TestChunkRaisesCapacity(t *testing.T) {
	t.Parallel()
	src := newFake()
	src.send(rows(0, 5000)...)
	s, _ := open(t, t.Context(), src, stream.WithCapacity(16), stream.WithChunkRows(3000))
	s.Next()
	if st := s.Stats(); st.ChunkRows != 3000 || st.ItemsBuffered != 2999 {
		t.Errorf("after the first row: %v", st)
	}
	_ = s.Close()
}
