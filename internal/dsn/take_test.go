package dsn

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, rest string
		taken            map[string]string
	}{
		{"nothing", "postgres://ann@h/d?sslmode=require", "postgres://ann@h/d?sslmode=require", map[string]string{}},
		{"URI", "postgres://ann:p?w@h/d?pool_a=1&sslmode=require&pool_b=2%20s", "postgres://ann:p?w@h/d?sslmode=require",
			map[string]string{"pool_a": "1", "pool_b": "2 s"}},
		{"URI, alone", "postgresql:///d?pool_a=1", "postgresql:///d?", map[string]string{"pool_a": "1"}},
		{"no query", "postgres://ann:pool_a=1@h/d", "postgres://ann:pool_a=1@h/d", map[string]string{}},
		{"pairs", `host=h pool_a=1 password='pool_b=2 x' pool_c = '3 4'  dbname=d`, `host=h password='pool_b=2 x' dbname=d`,
			map[string]string{"pool_a": "1", "pool_c": "3 4"}},
		{"cannot be read", "host=h pool_a=1 word", "host=h pool_a=1 word", map[string]string{"pool_a": "1"}},
		{"empty", "", "", map[string]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rest, taken, err := Take(tt.text, func(name string) bool { return strings.HasPrefix(name, "pool_") })
			if err != nil || rest != tt.rest {
				t.Errorf("%q, %v", rest, err)
			}
			if diff := cmp.Diff(tt.taken, taken); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
		})
	}
}
