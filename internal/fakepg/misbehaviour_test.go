package fakepg_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// TestMisbehaviours checks that names are unique, and that rows are complete and consistent.
func TestMisbehaviours(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, m := range fakepg.Misbehaviours() {
		if names[m.Name] {
			t.Errorf("two rows are named %q", m.Name)
		}
		names[m.Name] = true
		switch {
		case m.Script == nil:
			t.Errorf("%s: no script", m.Name)
		case m.At == fakepg.Nowhere && m.Want != nil:
			t.Errorf("%s: Want is set although no error is expected", m.Name)
		case m.Silent && m.Want == nil:
			t.Errorf("%s: Silent is set, but Want is not", m.Name)
		case m.Usable && m.Closed:
			t.Errorf("%s: usable and closed", m.Name)
		}
	}
	if len(names) < 250 {
		t.Errorf("only %d rows", len(names))
	}
	t.Logf("%d rows", len(names))
}
