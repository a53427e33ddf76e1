package main

import (
	"path/filepath"
	"testing"
)

// The functions that features leaves out are still there, and say what it replaces.
func TestFeaturesFollowTheCode(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	for _, f := range features {
		if len(f.edits) == 0 == (len(f.with) == 0) {
			t.Errorf("%s: want edits, or arguments that switch it on", f.name)
		}
		replaced := map[string]string{}
		for _, e := range f.edits {
			path, err := filepath.Abs(e.file)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.apply(path, t.TempDir(), "copy", replaced); err != nil {
				t.Errorf("%s: %v", f.name, err)
			}
		}
	}
}
