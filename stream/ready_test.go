package stream_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Ready is true exactly when Next would not wait.
func TestReadyReportsWhetherNextWaits(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 3)...)
		s, _ := open(t, t.Context(), src, mode)
		if !s.Next() {
			t.Fatal(s.Err())
		}
		for range 2 {
			if !s.Ready() || s.Row() != nil || !s.Next() {
				t.Fatal("not ready although a row has arrived, or the current row is still set")
			}
		}
		synctest.Wait()
		if s.Ready() {
			t.Error("ready without a row")
		}
		src.finish(nil)
		if s.Next() || !s.Ready() {
			t.Error("not ready after the end")
		}
	})
}

// Rows that the filter drops do not count: rows that it keeps are not held back while waiting for the next one.
func TestReadyLooksThroughTheFilter(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 4)...)
		s, _ := open(t, t.Context(), src, mode, stream.WithFilter(func(r jsonRaw) bool { return r[5] == '1' }))
		var out bytes.Buffer
		written := make(chan error)
		go func() {
			_, err := s.WriteTo(&out)
			written <- err
		}()
		synctest.Wait()
		if diff := cmp.Diff("{\"n\":1}\n", out.String()); diff != "" {
			t.Errorf("while waiting for the server (-want +got):\n%s", diff)
		}
		src.finish(nil)
		if err := <-written; err != nil {
			t.Error(err)
		}
		if st := s.Stats(); st.TotalRowsFiltered != 3 {
			t.Error(st)
		}
	})
}

func waitOf(id uint64) (w stream.Wait, running bool) {
	for info := range stream.Running() {
		if info.ID == id {
			return info.WaitsFor, true
		}
	}
	return 0, false
}

// idOf returns the ID of the stream that began last.
func idOf() (id uint64) {
	for info := range stream.Running() {
		id = max(id, info.ID)
	}
	return id
}

func TestRunningReportsWhatAStreamWaitsFor(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		id := idOf()
		check := func(want stream.Wait) {
			t.Helper()
			synctest.Wait()
			if got, running := waitOf(id); got != want || !running {
				t.Errorf("waits for %v, want %v", got, want)
			}
		}
		check(stream.WaitConsumer)
		next := make(chan bool)
		go func() { next <- s.Next() }()
		check(stream.WaitServer)
		src.send(rows(0, 1)...)
		<-next
		check(stream.WaitConsumer)
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		check(stream.WaitPause)
		_ = s.Close()
		if _, running := waitOf(id); running {
			t.Error("still running after Close")
		}
	})
}

func TestRunningReportsAWaitForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newFake()
		src.send(docs(3, 100)...)
		s, _ := open(t, t.Context(), src, stream.WithReadAhead(stream.ReadAheadAlways),
			stream.WithMaxMemory(250), stream.WithMemoryPolicy(stream.MemoryWait))
		id := idOf()
		synctest.Wait()
		if got, _ := waitOf(id); got != stream.WaitMemory {
			t.Errorf("waits for %v", got)
		}
		_ = s.Close()
	})
}

func TestCancelRunning(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		id := idOf()
		if err := stream.CancelRunning(context.Background(), id); err != nil || !errors.Is(s.Err(), werr.ErrCancelled) {
			t.Errorf("%v; the stream: %v", err, s.Err())
		}
		if err := stream.CancelRunning(context.Background(), id); !errors.Is(err, werr.ErrStreamAlreadyClosed) {
			t.Errorf("of an ended stream: %v", err)
		}
	})
}
