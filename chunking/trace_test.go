package chunking_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
)

// TestTraces replays the occupancies under testdata. The lines of a trace are:
//
//	config initial=N min=N max=N window=N low=N high=N    (optional, first)
//	size N                                                the size now
//	observe N x P -> SIZE [grew|shrunk]                   N times P percent; size and change after the last
func TestTraces(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d traces, err %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r := replay{sizer: chunking.New(chunking.Config{})}
			for lines, n := bufio.NewScanner(f), 1; lines.Scan(); n++ {
				if err := r.line(lines.Text()); err != nil {
					t.Fatalf("%s:%d: %v", file, n, err)
				}
			}
		})
	}
}

type replay struct{ sizer *chunking.Sizer }

func (r *replay) line(text string) error {
	verb, rest, _ := strings.Cut(text, " ")
	switch verb {
	case "#", "":
		return nil
	case "config":
		var c chunking.Config
		if _, err := fmt.Sscanf(rest, "initial=%d min=%d max=%d window=%d low=%d high=%d",
			&c.Initial, &c.Min, &c.Max, &c.Window, &c.Low, &c.High); err != nil {
			return err
		}
		r.sizer = chunking.New(c)
		return c.Validate()
	case "size":
		if got := fmt.Sprint(r.sizer.Size()); got != rest {
			return fmt.Errorf("size %s, want %s", got, rest)
		}
		return nil
	case "observe":
		return r.observe(rest)
	}
	return fmt.Errorf("unknown line %q", text)
}

func (r *replay) observe(text string) error {
	var count, percent, size int
	change := chunking.Kept.String()
	if n, err := fmt.Sscanf(text, "%d x %d -> %d %s", &count, &percent, &size, &change); n < 3 {
		return err
	}
	got := chunking.Kept
	for i := range count {
		before := r.sizer.Size()
		if got = r.sizer.Observe(percent, 100); i < count-1 && (got != chunking.Kept || r.sizer.Size() != before) {
			return fmt.Errorf("observation %d of %d: %v to %d", i+1, count, got, r.sizer.Size())
		}
	}
	if r.sizer.Size() != size || got.String() != change {
		return fmt.Errorf("size %d (%v), want %d (%s)", r.sizer.Size(), got, size, change)
	}
	return nil
}
