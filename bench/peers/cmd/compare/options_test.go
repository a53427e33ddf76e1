package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/contestant"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

func TestParseOptions(t *testing.T) {
	t.Parallel()
	args := []string{"-dsn", "postgres://h/d", "-rounds", "3", "-events", "tiny,synthetic-*", "-only", "pgx*"}
	o, err := parseOptions(args)
	if err != nil || o.dsn != "postgres://h/d" || o.rounds != 3 || o.scale != 1 {
		t.Errorf("%+v %v", o, err)
	}
	if o.name != "peers" || o.out != "../results" {
		t.Errorf("results would go to %s in %s", o.name, o.out)
	}
	if !slices.Equal(o.events, []string{"tiny", "synthetic-*"}) || !slices.Equal(o.only, []string{"pgx*"}) {
		t.Errorf("patterns: %q %q", o.events, o.only)
	}
	for _, wrong := range [][]string{{"-rounds", "0"}, {"-scale", "-1"}, {"stray"}, {"-events", "["}} {
		if _, err := parseOptions(wrong); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}

func TestChosen(t *testing.T) {
	t.Parallel()
	all := schedule()
	list, err := chosen(all, options{scale: 0.5, events: []string{"synthetic-1*", "tiny*"}, only: []string{"pgx-*"}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.name)
		if e.target != workload.Synthetic {
			t.Errorf("%s needs a DSN, but there is none", e.name)
		}
		drops, keeps := !slices.Contains(e.contestants, "pq-bytes"), slices.Contains(e.contestants, "pgx-raw")
		if e.contestants[0] != "bare" || !drops || !keeps {
			t.Errorf("%s: contestants %q", e.name, e.contestants)
		}
	}
	want := []string{"synthetic-120", "synthetic-1k", "synthetic-10k", "synthetic-120-same", "synthetic-1k-same",
		"synthetic-10k-same", "tiny-synthetic"}
	if !slices.Equal(names, want) {
		t.Errorf("events %q, want %q", names, want)
	}
	if list[0].rows != 2_500_000 || list[0].repeat != 1 || list[6].rows != 1 || list[6].repeat != 5000 {
		t.Errorf("scaled to %+v and %+v", list[0], list[6])
	}
	if len(all[0].contestants) != len(schedule()[0].contestants) {
		t.Error("choosing changed the schedule")
	}
	if _, err := chosen(all, options{scale: 1, events: []string{"nothing"}}); err == nil {
		t.Error("no event is left, but there is no error")
	}
}

func TestEveryNameInTheScheduleIsAContestant(t *testing.T) {
	t.Parallel()
	for _, e := range schedule() {
		for _, name := range e.contestants {
			if _, err := contestant.ByName(name); err != nil && !strings.HasSuffix(name, "+jsonv2") {
				t.Errorf("%s: %v", e.name, err)
			}
		}
	}
}
