package conn

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A statement changes its stage only as the table allows.
func TestStages(t *testing.T) {
	t.Parallel()
	for from := requested; from <= dropped; from++ {
		for to := requested; to <= dropped; to++ {
			legal := from == requested && to != requested || from == prepared && to == dropped
			func() {
				defer func() {
					if panicked := recover() != nil; panicked == legal {
						t.Errorf("from %d to %d: panicked is %v, legal is %v", from, to, panicked, legal)
					}
				}()
				(&statement{stage: from}).move(to)
			}()
		}
	}
}

// The name must be the same in every process and release, because two of them may share a server connection behind a
// pooler. The 32 digits are from sha256sum.
func TestStatementName(t *testing.T) {
	t.Parallel()
	const want = "fraiseql_e004ebd5b5532a4b85984a62f8ad48a8"
	if got := statementName("SELECT 1"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// run runs one message with these texts, and the server confirms each Parse.
func (s *statements) run(texts ...string) (how []string) {
	closes := len(s.due())
	var uses []use
	for _, text := range texts {
		u := s.choose(text)
		uses = append(uses, u)
		switch {
		case u.statement == nil:
			how = append(how, "unnamed")
		case u.parse:
			how = append(how, "prepared")
		default:
			how = append(how, "reused")
		}
	}
	for range closes {
		s.closed()
	}
	for _, u := range uses {
		if u.parse {
			s.parsed(u)
		}
		s.bound(u)
	}
	return how
}

func TestTheRunThatPrepares(t *testing.T) {
	t.Parallel()
	for threshold, want := range map[int][]string{
		0: {"unnamed", "unnamed", "unnamed", "unnamed"},
		1: {"prepared", "reused", "reused", "reused"},
		2: {"unnamed", "prepared", "reused", "reused"},
		4: {"unnamed", "unnamed", "unnamed", "prepared"},
	} {
		s := newStatements(threshold, 256)
		var got []string
		for i := range want {
			got = append(got, s.run("SELECT 1")...)
			s.run(fmt.Sprintf("SELECT 1 -- another text, %d", i))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("threshold %d (-want +got):\n%s", threshold, diff)
		}
	}
}

// The least recently used statement makes room, and is closed before the next message.
func TestEviction(t *testing.T) {
	t.Parallel()
	s := newStatements(1, 2)
	s.run("a")
	s.run("b")
	s.run("a")
	s.run("c") // instead of b
	if diff := cmp.Diff([]string{statementName("b")}, s.due()); diff != "" {
		t.Errorf("to be closed (-want +got):\n%s", diff)
	}
	if got := s.run("a"); got[0] != "reused" {
		t.Errorf("a is %v", got)
	}
	if len(s.closing) != 0 {
		t.Errorf("still to be closed: %q", s.closing)
	}
	if got := s.run("b"); got[0] != "prepared" {
		t.Errorf("b, evicted before, is %v", got)
	}
}

// If there is room for only one, the two statements of a message make room for each other; no name is parsed while
// the server still has it.
func TestEvictionBetweenTheStatementsOfAMessage(t *testing.T) {
	t.Parallel()
	s := newStatements(1, 1)
	server := map[string]bool{}
	for i := range 20 {
		for _, name := range s.due() {
			delete(server, name)
		}
		texts := []string{"settings", "query"}
		if i%3 == 0 {
			texts[1] = "another query"
		}
		for n, how := range s.run(texts...) {
			name := statementName(texts[n])
			if server[name] != (how == "reused") {
				t.Fatalf("message %d: %q is %s, the server has it: %v", i, texts[n], how, server[name])
			}
			server[name] = true
		}
	}
}

// A Parse that the server skipped, because something before it failed, is sent again.
func TestSkippedParse(t *testing.T) {
	t.Parallel()
	s := newStatements(1, 2)
	if u := s.choose("a"); !u.parse {
		t.Error("the first run has no Parse")
	}
	if got := s.run("a"); got[0] != "prepared" {
		t.Errorf("the second run is %v", got)
	}
}

// The counts of texts that are not prepared stay bounded, and a text that runs often enough is not forgotten.
func TestCountersAreBounded(t *testing.T) {
	t.Parallel()
	const capacity, threshold = 8, 20
	s := newStatements(threshold, capacity)
	prepared := false
	for i := range 1000 {
		s.run(fmt.Sprintf("SELECT %d", i))
		if n := len(s.runs.lately) + len(s.runs.aging); n > 2*capacity {
			t.Fatalf("%d counters after %d texts", n, i)
		}
		if i%(capacity/2) == 0 {
			prepared = s.run("often")[0] == "prepared" || prepared
		}
	}
	if !prepared {
		t.Error("a text that runs between every four others was never prepared")
	}
}

func TestHeals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		reused    bool
		phase     phase
		code      string
		heals     bool
		next      string // how the next run is made
		closes    bool
		untracked bool
	}{
		{"there already", false, parsing, "42P05", true, "unnamed", false, true},
		{"there already, of the settings", false, parsingSettings, "42P05", true, "unnamed", false, true},
		{"a wrong text", false, parsing, "42601", false, "unnamed", false, false},
		{"lost between Parse and Bind", false, binding, "26000", true, "unnamed", false, true},
		{"a wrong argument", false, binding, "22P02", false, "reused", false, false},
		{"lost", true, binding, "26000", true, "unnamed", false, true},
		{"lost, of the settings", true, bindingSettings, "26000", true, "unnamed", false, true},
		{"another type", true, binding, "0A000", true, "prepared", true, false},
		{"a wrong argument, reused", true, binding, "22P02", true, "prepared", true, false},
	}
	for _, tt := range tests {
		s := newStatements(2, 8)
		s.run("a")
		u := s.choose("a")
		if tt.phase == binding || tt.phase == bindingSettings {
			s.parsed(u)
		}
		if tt.reused {
			u = s.choose("a")
		}
		if got := s.heals(u, tt.phase, tt.code); got != tt.heals {
			t.Errorf("%s: heals is %v", tt.name, got)
		}
		if got := len(s.due()) > 0; got != tt.closes {
			t.Errorf("%s: to be closed: %q", tt.name, s.closing)
		}
		if got := s.run("a"); got[0] != tt.next || s.untracked != tt.untracked {
			t.Errorf("%s: the next run is %v, untracked %v", tt.name, got, s.untracked)
		}
	}
}
