package stream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// measured is a stream with its own entity, so that its metrics can be read exactly.
type measured struct {
	*stream.Stream
	src    *fakeSource
	entity string
	log    *bytes.Buffer // read it when the stream has ended
}

// measures makes entities differ between runs of the same test.
var measures atomic.Uint64

func measure(t *testing.T, ctx context.Context, opts ...stream.Option) measured {
	t.Helper()
	set, err := stream.Configure(opts...)
	if err != nil {
		t.Fatal(err)
	}
	m := measured{src: newFake(), entity: fmt.Sprintf("measured %d", measures.Add(1)), log: &bytes.Buffer{}}
	m.Stream, _ = stream.New(ctx, m.src, set, feed.Env{
		Metrics: wiremetrics.ForEntity(m.entity),
		Logger:  slog.New(slog.NewTextHandler(m.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Start:   time.Now(),
	})
	return m
}

// metrics returns this stream's metrics, by name and labels without the entity.
func (m measured) metrics() map[string]float64 {
	var page bytes.Buffer
	wiremetrics.WritePrometheus(&page)
	all := map[string]float64{}
	for line := range strings.Lines(page.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		name, labels, found := strings.Cut(name, fmt.Sprintf(`{entity="%s"`, m.entity))
		if number, err := strconv.ParseFloat(value, 64); found && err == nil {
			all[strings.TrimPrefix(name, "fraiseql_")+labels] = number
		}
	}
	return all
}

// check compares the metrics named in want.
func (m measured) check(t *testing.T, want map[string]float64) {
	t.Helper()
	all, got := m.metrics(), map[string]float64{}
	for name := range want {
		if v, there := all[name]; there {
			got[name] = v
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestRecordOfACompleteResult(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		m := measure(t, t.Context(), mode, stream.WithFilter(func(r jsonRaw) bool { return r[5] != '3' }))
		m.src.send(rows(0, 10)...)
		m.src.finish(nil)
		m.check(t, map[string]float64{"active_streams": 1})
		readAll(m.Stream)
		m.check(t, map[string]float64{
			`query_completed_total,status="success"`: 1, `query_completed_total,status="error"`: 0,
			`rows_processed_total,status="ok"`: 9, `rows_processed_total,status="filtered"`: 1, "rows_filtered_total": 1,
			"query_bytes_received_sum": 70, "query_rows_processed_sum": 10, "query_total_duration_ms_count": 1,
			"active_streams": 0, "stream_buffered_items": 0, "filter_duration_ms_count": 1, "chunk_size_rows_sum": 10,
			// One poll for each row, and the last one, which finds the end.
			"channel_occupancy_rows_count": 11,
		})
	})
}

// Each poll is observed once: the one that waits finds 0, and is not counted again when its row has come.
func TestOccupancyIsTheDepthBeforeEachPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := measure(t, t.Context(), stream.WithReadAhead(stream.ReadAheadAlways))
		m.src.send(rows(0, 3)...)
		synctest.Wait()
		m.Next() // 3
		m.src.send(rows(3, 2)...)
		synctest.Wait()
		for range 4 {
			m.Next() // 4, 3, 2, 1
		}
		go func() {
			time.Sleep(time.Second)
			m.src.send(rows(5, 2)...)
			m.src.finish(nil)
		}()
		for m.Next() { // 0, then 1, then the end: 0
		}
		m.check(t, map[string]float64{
			`channel_occupancy_rows_bucket,le="0"`: 2, `channel_occupancy_rows_bucket,le="1"`: 4,
			`channel_occupancy_rows_bucket,le="2"`: 5, `channel_occupancy_rows_bucket,le="4"`: 8,
			"channel_occupancy_rows_count": 8, "channel_occupancy_rows_sum": 3 + 4 + 3 + 2 + 1 + 1,
		})
	})
}

// The metrics record how a query ended; rows are counted even if the consumer does not call Next again.
func TestRecordOfTheEnd(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		end              func(m measured, cancel context.CancelFunc)
		status, category string
	}{
		"close":   {func(m measured, _ context.CancelFunc) { _ = m.Close() }, "cancelled", ""},
		"cancel":  {func(m measured, _ context.CancelFunc) { _ = m.CancelTimeout(time.Second) }, "cancelled", ""},
		"context": {func(_ measured, cancel context.CancelFunc) { cancel() }, "cancelled", ""},
		"server": {func(m measured, _ context.CancelFunc) {
			m.src.finish(&werr.ServerError{Code: "22012"})
			readAll(m.Stream)
		}, "error", "server"},
		"network": {func(m measured, _ context.CancelFunc) { m.src.die(errNetwork); readAll(m.Stream) }, "error", "io"},
	}
	for name, tt := range tests {
		inModesNamed(t, name, func(t *testing.T, mode stream.Option) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			m := measure(t, ctx, mode)
			m.src.send(rows(0, 4)...)
			for range 4 {
				m.Next()
			}
			tt.end(m, cancel)
			synctest.Wait()
			want := map[string]float64{
				`query_completed_total,status="` + tt.status + `"`: 1, `query_completed_total,status="success"`: 0,
				`rows_processed_total,status="ok"`: 4, "active_streams": 0, "stream_buffered_items": 0,
			}
			if tt.category != "" {
				want[`query_error_total,error_category="`+tt.category+`"`] = 1
			}
			m.check(t, want)
			if polls := m.metrics()["channel_occupancy_rows_count"]; polls < 4 {
				t.Errorf("%v polls observed", polls)
			}
			if name == "cancel" {
				m.check(t, map[string]float64{"cancellation_duration_ms_count": 1})
				if !strings.Contains(m.log.String(), `msg="stream cancelled"`) {
					t.Errorf("log: %s", m.log)
				}
			}
		})
	}
}

func TestRecordOfAPause(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		m := measure(t, t.Context(), mode, stream.WithPauseTimeout(time.Minute))
		_ = m.Pause()
		time.Sleep(time.Second)
		_ = m.Resume()
		_ = m.Pause()
		time.Sleep(time.Hour)
		_ = m.Close()
		m.check(t, map[string]float64{
			"stream_paused_total": 2, "stream_resumed_total": 2, "stream_pause_timeout_expired_total": 1,
			"stream_pause_duration_ms_count": 2, "stream_pause_duration_ms_sum": 61000,
		})
	})
}

// Crossing the soft limit is counted and logged once per crossing, exceeding the limit once.
func TestRecordOfMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := measure(t, t.Context(), stream.WithReadAhead(stream.ReadAheadAlways), stream.WithMaxMemory(1000),
			stream.WithMemorySoftLimit(0.5))
		m.src.send(docs(6, 100)...)
		synctest.Wait()
		for range 6 {
			m.Next()
		}
		m.src.send(docs(2, 100)...)
		synctest.Wait()
		m.check(t, map[string]float64{"memory_soft_limit_total": 1, "memory_limit_exceeded_total": 0,
			"stream_buffered_bytes_count": 2, "stream_buffered_bytes_sum": 800, "stream_buffered_items": 2})
		m.src.send(docs(20, 100)...)
		synctest.Wait()
		m.check(t, map[string]float64{"memory_soft_limit_total": 2, "memory_limit_exceeded_total": 1})
		readAll(m.Stream)
		synctest.Wait()
		m.check(t, map[string]float64{`query_error_total,error_category="memory"`: 1, "stream_buffered_items": 0})
		if text := m.log.String(); strings.Count(text, "soft limit") != 2 || !strings.Contains(text, "over_bytes=100") {
			t.Errorf("log: %s", text)
		}
	})
}

func TestRecordOfDecoding(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		m := measure(t, t.Context(), mode)
		m.src.send([]byte(`{"n":1}`), nil, []byte(`{"n":"x"}`), []byte(`{`), []byte(`{"n":2}`))
		m.src.finish(nil)
		for range stream.Decode[item](m.Stream) {
		}
		const failed = `rows_deserialization_failed_total,type_name="stream_test.item",reason=`
		m.check(t, map[string]float64{
			`rows_deserialized_total,type_name="stream_test.item"`:           2,
			`deserialization_duration_ms_count,type_name="stream_test.item"`: 1,
			failed + `"type"`: 1, failed + `"syntax"`: 1, "json_parse_errors_total": 1,
			`rows_processed_total,status="ok"`: 5,
		})
	})
}

func TestRecordOfValidation(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		m := measure(t, t.Context(), mode, stream.WithValidation())
		m.src.send([]byte(`1`), []byte(`{`), []byte(`2`))
		readAll(m.Stream)
		_ = m.Close()
		m.check(t, map[string]float64{"json_parse_errors_total": 1, `rows_processed_total,status="ok"`: 1,
			`query_error_total,error_category="decode"`: 1})
	})
}

// Under read-ahead a ring that stays full makes the chunk grow, one that stays empty makes it shrink; in pull it
// stays.
func TestChunkSizeAdapts(t *testing.T) {
	t.Parallel()
	bounds := stream.WithAdaptiveChunking(chunking.Config{Initial: 8, Min: 2, Max: 16, Window: 4})
	tests := map[string]struct {
		mode         stream.ReadAhead
		burst        int // rows that arrive together
		size         int
		direction    string
		held, heldOf int
	}{
		"full ring":    {stream.ReadAheadAlways, 1000, 16, "increase", 0, 0},
		"empty ring":   {stream.ReadAheadAlways, 1, 2, "decrease", 0, 0},
		"full buffers": {stream.ReadAheadAlways, 1, 16, "increase", 90, 100},
		"pull":         {stream.ReadAheadNever, 1, 8, "", 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := measure(t, t.Context(), stream.WithReadAhead(tt.mode), stream.WithCapacity(16), bounds)
				m.src.hold(tt.held, tt.heldOf)
				for sent := 0; sent < 1000; sent += tt.burst {
					m.src.send(rows(sent, tt.burst)...)
					synctest.Wait()
					for range tt.burst {
						m.Next()
						synctest.Wait()
					}
				}
				if got := m.Stats().ChunkRows; got != tt.size {
					t.Errorf("chunk of %d rows, want %d", got, tt.size)
				}
				_ = m.Close()
				all := m.metrics()
				for _, direction := range []string{"increase", "decrease"} {
					changes := all[`chunk_size_adjusted,direction="`+direction+`"`]
					if (changes > 0) != (direction == tt.direction) {
						t.Errorf("%v changes: %s", changes, direction)
					}
				}
				if (tt.direction != "") != strings.Contains(m.log.String(), `msg="stream chunk size changed"`) {
					t.Errorf("log: %s", m.log)
				}
				if all["adaptive_chunk_size_count"] != all["chunk_size_rows_count"] {
					t.Errorf("sizes of %v chunks, of %v", all["adaptive_chunk_size_count"], all["chunk_size_rows_count"])
				}
			})
		})
	}
}

// A long-running stream is visible while it runs: its tallies are reported once a page of metrics has been written.
func TestRecordOfARunningStream(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		m := measure(t, t.Context(), mode)
		m.src.send(rows(0, 500)...)
		for range 100 {
			m.Next()
		}
		m.metrics()
		for range 100 {
			m.Next()
		}
		all := m.metrics()
		if rows := all[`rows_processed_total,status="ok"`]; rows < 100 || rows > 200 {
			t.Errorf("%v rows reported after 200", rows)
		}
		_ = m.Close()
		m.check(t, map[string]float64{`rows_processed_total,status="ok"`: 200})
		if errors.Is(m.Err(), werr.ErrCancelled) {
			t.Error("Err is ErrCancelled after Close")
		}
	})
}
