package chunking_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
)

func TestWithDefaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want chunking.Config }{
		"zero": {chunking.Config{}, chunking.Config{Initial: 256, Min: 16, Max: 1024, Window: 50, Low: 20, High: 80}},
		"initial raised to Min": {chunking.Config{Min: 500},
			chunking.Config{Initial: 500, Min: 500, Max: 1024, Window: 50, Low: 20, High: 80}},
		"initial lowered to Max": {chunking.Config{Max: 100},
			chunking.Config{Initial: 100, Min: 16, Max: 100, Window: 50, Low: 20, High: 80}},
		"an explicit initial stays": {chunking.Config{Initial: 5},
			chunking.Config{Initial: 5, Min: 16, Max: 1024, Window: 50, Low: 20, High: 80}},
		"complete": {chunking.Config{Initial: 2, Min: 1, Max: 3, Window: 4, Low: 5, High: 6},
			chunking.Config{Initial: 2, Min: 1, Max: 3, Window: 4, Low: 5, High: 6}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.in.WithDefaults()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const positive = ": want a positive number, or 0 for the default"
	tests := map[string]struct {
		cfg  chunking.Config
		want string // "": valid
	}{
		"zero":                 {chunking.Config{}, ""},
		"one size":             {chunking.Config{Initial: 64, Min: 64, Max: 64}, ""},
		"widest marks":         {chunking.Config{Low: 1, High: 100}, ""},
		"Initial left zero":    {chunking.Config{Min: 300, Max: 400}, ""},
		"negative Initial":     {chunking.Config{Initial: -1}, "Initial is -1" + positive},
		"negative Min":         {chunking.Config{Min: -2}, "Min is -2" + positive},
		"negative Max":         {chunking.Config{Max: -3}, "Max is -3" + positive},
		"negative Window":      {chunking.Config{Window: -4}, "Window is -4" + positive},
		"negative Low":         {chunking.Config{Low: -5}, "Low is -5" + positive},
		"negative High":        {chunking.Config{High: -6}, "High is -6" + positive},
		"Min above Max":        {chunking.Config{Min: 100, Max: 10}, "Min is 100: want at most Max, which is 10"},
		"Min above default":    {chunking.Config{Min: 2000}, "Min is 2000: want at most Max, which is 1024"},
		"Initial below Min":    {chunking.Config{Initial: 15}, "Initial is 15: want Min to Max, 16 to 1024"},
		"Initial above Max":    {chunking.Config{Initial: 1025}, "Initial is 1025: want Min to Max, 16 to 1024"},
		"High above 100":       {chunking.Config{High: 101}, "High is 101: want at most 100 percent"},
		"Low above High":       {chunking.Config{Low: 60, High: 40}, "Low is 60: want less than High, which is 40"},
		"Low equal to High":    {chunking.Config{Low: 50, High: 50}, "Low is 50: want less than High, which is 50"},
		"High below the usual": {chunking.Config{High: 10}, "Low is 20: want less than High, which is 10"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := tt.cfg.Validate(); err != nil {
				got = strings.TrimPrefix(err.Error(), "chunking: ")
			}
			if got != tt.want {
				t.Errorf("error %q, want %q", got, tt.want)
			}
		})
	}
}
