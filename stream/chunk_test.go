package stream_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// No chunk size makes the ring smaller than the default or the value of WithCapacity; a large one makes it larger.
func TestCapacityIsNeverLowered(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts []stream.Option
		want int
	}{
		"default":                       {nil, 1024},
		"small chunks":                  {[]stream.Option{stream.WithChunkRows(10)}, 1024},
		"small adaptive chunks":         {[]stream.Option{stream.WithAdaptiveChunking(chunking.Config{Max: 30})}, 1024},
		"large chunks":                  {[]stream.Option{stream.WithChunkRows(3000)}, 4096},
		"large adaptive chunks":         {[]stream.Option{stream.WithAdaptiveChunking(chunking.Config{Max: 5000})}, 8192},
		"capacity":                      {[]stream.Option{stream.WithCapacity(40)}, 64},
		"capacity and small chunks":     {[]stream.Option{stream.WithCapacity(40), stream.WithChunkRows(10)}, 64},
		"capacity and large chunks":     {[]stream.Option{stream.WithCapacity(40), stream.WithChunkRows(100)}, 128},
		"fixed chunks win over bounds":  {[]stream.Option{stream.WithChunkRows(10), stream.WithAdaptiveChunking(chunking.Config{Max: 5000})}, 1024},
		"capacity and default adaptive": {[]stream.Option{stream.WithCapacity(8), stream.WithAdaptiveChunking(chunking.Config{})}, 8},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newFake()
				src.send(rows(0, 10_000)...)
				s, _ := open(t, t.Context(), src, append(tt.opts, stream.WithReadAhead(stream.ReadAheadAlways))...)
				defer s.Close()
				synctest.Wait() // the reader has filled the ring
				if got := s.Stats().ItemsBuffered; got != tt.want {
					t.Errorf("%d rows buffered, want %d", got, tt.want)
				}
			})
		})
	}
}

// A consumer that sleeps leaves the ring full: the chunk grows by half each time, up to its bound.
func TestChunkGrowsToItsBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := measure(t, t.Context(), stream.WithReadAhead(stream.ReadAheadAlways),
			stream.WithAdaptiveChunking(chunking.Config{Initial: 10, Min: 10, Max: 30, Window: 5}))
		if size := m.Stats().ChunkRows; size != 10 {
			t.Errorf("the first chunks have %d rows", size)
		}
		m.src.send(rows(0, 20_000)...)
		m.src.finish(nil)
		for n := 0; m.Next(); n++ {
			if n%64 == 0 {
				time.Sleep(300 * time.Microsecond)
			}
		}
		var sizes []string
		for line := range strings.Lines(m.log.String()) {
			if _, size, changed := strings.Cut(strings.TrimSpace(line), "to_rows="); changed {
				sizes = append(sizes, size)
			}
		}
		if diff := cmp.Diff([]string{"15", "22", "30"}, sizes); diff != "" || m.Err() != nil {
			t.Errorf("err %v, chunk sizes (-want +got):\n%s", m.Err(), diff)
		}
	})
}
