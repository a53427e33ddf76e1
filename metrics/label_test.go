package metrics_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

func TestLabelValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, want string }{
		"plain":              {"v_user", `v_user`},
		"none":               {"", `unknown`},
		"quote":              {`a"b`, `a\"b`},
		"backslash":          {`a\b`, `a\\b`},
		"trailing backslash": {`a\`, `a\\`},
		"newline":            {"a\nb", `a\nb`},
		"injection":          {"x\"} 1\nevil{a=\"", `x\"} 1\nevil{a=\"`},
		"braces":             {"{a,b}", `{a,b}`},
		"invalid UTF-8":      {"a\xffb", "a\uFFFDb"},
		"other scripts":      {"クエリ", "クエリ"},
		"long":               {strings.Repeat("x", 1000), strings.Repeat("x", wiremetrics.MaxLabel)},
		"cut between runes": {"a" + strings.Repeat("é", wiremetrics.MaxLabel),
			"a" + strings.Repeat("é", wiremetrics.MaxLabel/2-1)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := wiremetrics.ForEntity(tt.name)
			if again := wiremetrics.ForEntity(tt.name); again != e {
				t.Error("a different Entity the second time")
			}
			if !utf8.ValidString(e.Name()) {
				t.Errorf("not UTF-8: %q", e.Name())
			}
			want := []string{`fraiseql_active_streams{entity="` + tt.want + `"} 0`}
			if diff := cmp.Diff(want, wiremetrics.Lines(want[0])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// However many goroutines ask for new values at the same time, the cap holds, and all values beyond it are other.
func TestCapUnderConcurrency(t *testing.T) {
	t.Parallel()
	const limit, goroutines, each = 50, 8, 200
	family := wiremetrics.NewCapped(limit)
	var mu sync.Mutex
	seen := map[*string]bool{}
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range each {
				asked := fmt.Sprint((i + g*each/goroutines) % each)
				got := family.Get(asked)
				if *got != asked && *got != "other" {
					t.Errorf("asked for %q, got %q", asked, *got)
				}
				mu.Lock()
				seen[got] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != limit+1 || !seen[family.Get("other")] {
		t.Errorf("%d different handles, want %d and other", len(seen), limit)
	}
}

// The cap on entities is the documented one. The test does not reach it, because the whole process shares the entities.
func TestEntityCap(t *testing.T) {
	t.Parallel()
	if limit := wiremetrics.EntityLimit(); limit != 1000 {
		t.Errorf("cap on entities %d, want 1000", limit)
	}
}

func TestForEntityDoesNotAllocate(t *testing.T) {
	wiremetrics.ForEntity("known")
	if allocs := testing.AllocsPerRun(100, func() { wiremetrics.ForEntity("known") }); allocs > 1 {
		t.Errorf("%v allocations", allocs)
	}
}
