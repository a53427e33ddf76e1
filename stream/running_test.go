package stream_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// runningOf returns what Running yields for one entity, because other tests run at the same time.
func runningOf(entity string) []stream.Info {
	var all []stream.Info
	for i := range stream.Running() {
		if i.Entity == entity {
			all = append(all, i)
		}
	}
	return all
}

func openAs(t testing.TB, entity string, src feed.Source, opts ...stream.Option) *stream.Stream {
	t.Helper()
	set, err := stream.Configure(opts...)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := stream.New(t.Context(), src, set, feed.Env{
		Logger: slog.New(slog.DiscardHandler), Entity: entity, SQL: "SELECT data FROM v_" + entity, PID: 77,
	})
	return s
}

func TestRunningListsAStreamUntilItsEnd(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		entity := t.Name()
		src := newFake()
		src.send(rows(0, 3)...)
		began := time.Now()
		s := openAs(t, entity, src, mode)
		s.Next()
		time.Sleep(time.Second)
		if err := s.PauseWithReason("queue full"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		got := runningOf(entity)
		if len(got) != 1 || got[0].ID == 0 {
			t.Fatalf("running: %v", got)
		}
		want := stream.Info{
			ID: got[0].ID, Entity: entity, SQL: "SELECT data FROM v_" + entity, PID: 77, Started: began,
			PauseReason: "queue full", PausedFor: 2 * time.Second, WaitsFor: stream.WaitPause, Stats: s.Stats(),
		}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("info (-want +got):\n%s", diff)
		}
		_ = s.Resume()
		if got := runningOf(entity); len(got) != 1 || got[0].PauseReason != "" || got[0].PausedFor != 0 {
			t.Errorf("after Resume: %v", got)
		}
		_ = s.Close()
		if got := runningOf(entity); len(got) != 0 {
			t.Errorf("after Close: %v", got)
		}
	})
}

// Streams are yielded oldest first, whichever of them have ended, and the loop may be left early.
func TestRunningKeepsItsOrder(t *testing.T) {
	t.Parallel()
	for _, ended := range [][]int{{}, {0}, {4}, {2}, {0, 1}, {3, 4}, {4, 0, 2}, {1, 3}, {0, 1, 2, 3, 4}} {
		t.Run(fmt.Sprint(ended), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				entity := t.Name()
				var all []*stream.Stream
				for range 5 {
					all = append(all, openAs(t, entity, newFake()))
				}
				ids := map[int]uint64{}
				for i, info := range runningOf(entity) {
					ids[i] = info.ID
				}
				left := map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true}
				for _, i := range ended {
					_ = all[i].Close()
					delete(left, i)
				}
				var want, got []uint64
				for i := range 5 {
					if left[i] {
						want = append(want, ids[i])
					}
				}
				for _, info := range runningOf(entity) {
					got = append(got, info.ID)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("streams (-want +got):\n%s", diff)
				}
				for range stream.Running() {
					break
				}
				for _, s := range all {
					_ = s.Close()
				}
			})
		})
	}
}

func TestRunningFromManyGoroutines(t *testing.T) {
	t.Parallel()
	entity := t.Name()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				src := newFake()
				src.finish(nil)
				s := openAs(t, entity, src)
				if len(runningOf(entity)) == 0 {
					t.Error("a stream that has not ended is missing")
				}
				s.Next()
			}
		})
	}
	all.Wait()
	if got := runningOf(entity); len(got) != 0 {
		t.Errorf("%d streams are left", len(got))
	}
}
