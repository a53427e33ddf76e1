package conn

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// TestChannelBindingOfTheLogin checks that the login converts between the two types by value.
func TestChannelBindingOfTheLogin(t *testing.T) {
	t.Parallel()
	for b, want := range map[ChannelBinding]auth.ChannelBinding{
		ChannelBindingPrefer:  auth.BindingPrefer,
		ChannelBindingDisable: auth.BindingDisable,
		ChannelBindingRequire: auth.BindingRequire,
	} {
		l := &login{c: &Conn{cfg: &Config{ChannelBinding: b}, link: &link.Link{}}}
		if got := l.settings().ChannelBinding; got != want {
			t.Errorf("%v becomes %d, want %d", b, got, want)
		}
	}
}
