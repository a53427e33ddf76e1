package conn

import (
	"slices"
	"testing"
)

func TestTargetSessionAttrs(t *testing.T) {
	t.Parallel()
	// The servers: a primary that can write, one that is read-only by default, a standby, a standby that reports
	// both.
	servers := []struct{ readOnly, standby bool }{{false, false}, {true, false}, {false, true}, {true, true}}
	for _, test := range []struct {
		attrs    TargetSessionAttrs
		accepted []bool
		passes   []TargetSessionAttrs
	}{
		{AnySession, []bool{true, true, true, true}, []TargetSessionAttrs{AnySession}},
		{ReadWriteSession, []bool{true, false, false, false}, []TargetSessionAttrs{ReadWriteSession}},
		{ReadOnlySession, []bool{false, true, true, true}, []TargetSessionAttrs{ReadOnlySession}},
		{PrimarySession, []bool{true, true, false, false}, []TargetSessionAttrs{PrimarySession}},
		{StandbySession, []bool{false, false, true, true}, []TargetSessionAttrs{StandbySession}},
		{PreferStandbySession, []bool{false, false, true, true}, []TargetSessionAttrs{StandbySession, AnySession}},
	} {
		for i, server := range servers {
			if got := test.attrs.accepts(server.readOnly, server.standby); got != test.accepted[i] {
				t.Errorf("%v accepts %+v: %t", test.attrs, server, got)
			}
		}
		if got := test.attrs.passes(); !slices.Equal(got, test.passes) {
			t.Errorf("%v: got passes %v, want %v", test.attrs, got, test.passes)
		}
	}
}
