package stream

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// phases lists all phases.
func phases() []phase {
	var all []phase
	for p := range transitions {
		all = append(all, phase(p))
	}
	return all
}

// For every pair of phases: a transition in the table is made, and any other panics.
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

// For each event in each phase: the phase it leads to, and what it returns. Events that cannot happen in a phase are
// left out: a source is not released twice.
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
		from   phase
		event  string
		to     phase
		result bool // the result: of leave, first; of release, last
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
			if result := events[tt.event](&l); result != tt.result || l.now() != tt.to {
				t.Errorf("result %t, now %v; want %t, %v", result, l.now(), tt.result, tt.to)
			}
		})
	}
}

// What may be assumed of each phase when it is read without the lock.
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
