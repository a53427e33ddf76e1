package stream

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// phases are all there are.
func phases() []phase {
	var all []phase
	for p := range transitions {
		all = append(all, phase(p))
	}
	return all
}

// Every pair of phases: what the table has is done, and everything else is a bug that shows.
func TestLifeMovesAsTheTableSays(t *testing.T) {
	t.Parallel()
	legal := map[string]bool{
		"flowing finished": true, "flowing failing": true, "flowing leaving": true,
		"finished leaving": true,
		"failing stopped":  true, "failing waiting": true,
		"stopped released": true,
		"leaving released": true,
		"waiting released": true,
		"released ended":   true,
	}
	for _, from := range phases() {
		for _, to := range phases() {
			pair := fmt.Sprintf("%v %v", from, to)
			t.Run(pair, func(t *testing.T) {
				t.Parallel()
				var l life
				l.phase.Store(uint32(from))
				defer func() {
					refused := recover() != nil
					if refused == legal[pair] {
						t.Errorf("refused: %t", refused)
					}
					if moved := l.now() == to; moved != (legal[pair] || from == to) {
						t.Errorf("now %v", l.now())
					}
				}()
				l.move(to)
			})
		}
	}
}

// Each event in each phase: what it leads to, and what it tells its caller. An event that cannot happen in a phase is left
// out: nobody releases a source twice.
func TestLifeEvents(t *testing.T) {
	t.Parallel()
	errLast, errStop := errors.New("last"), errors.New("stop")
	events := map[string]func(l *life) bool{
		"finish":  func(l *life) bool { return l.exhaust(finished, errLast) },
		"fail":    func(l *life) bool { return l.exhaust(failing, errLast) },
		"leave":   func(l *life) bool { _, first := l.leave(causeClose, nil); return first },
		"release": func(l *life) bool { return l.release(errStop) },
	}
	tests := []struct {
		from  phase
		event string
		to    phase
		told  bool // it was the first to do so; of a release: it is the last of both sides
	}{
		{flowing, "finish", finished, true},
		{flowing, "fail", failing, true},
		{flowing, "leave", leaving, true},
		{finished, "finish", finished, false},
		{finished, "leave", leaving, true},
		{failing, "leave", waiting, true},
		{failing, "release", stopped, false},
		{stopped, "leave", released, true},
		{leaving, "finish", leaving, false},
		{leaving, "fail", leaving, false},
		{leaving, "leave", leaving, false},
		{leaving, "release", released, true},
		{waiting, "leave", waiting, false},
		{waiting, "release", released, true},
		{released, "leave", released, false},
		{ended, "leave", ended, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%v %s", tt.from, tt.event), func(t *testing.T) {
			t.Parallel()
			var l life
			l.phase.Store(uint32(tt.from))
			if told := events[tt.event](&l); told != tt.told || l.now() != tt.to {
				t.Errorf("told %t, now %v; want %t, %v", told, l.now(), tt.told, tt.to)
			}
		})
	}
}

// What the phases promise to those who look without the lock.
func TestLifePredicates(t *testing.T) {
	t.Parallel()
	var halted, exhausted []phase
	for _, p := range phases() {
		var l life
		l.phase.Store(uint32(p))
		if l.halted() {
			halted = append(halted, p)
		}
		if l.exhausted() {
			exhausted = append(exhausted, p)
		}
	}
	if diff := cmp.Diff([]phase{leaving, waiting, released, ended}, halted); diff != "" {
		t.Errorf("halted (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]phase{finished, failing, stopped, leaving, waiting, released, ended}, exhausted); diff != "" {
		t.Errorf("exhausted (-want +got):\n%s", diff)
	}
}
