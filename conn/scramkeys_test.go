package conn

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// The connections of a Config and its clones derive the keys of a password once, and those of another password once.
func TestClonesShareTheKeysOfSCRAM(t *testing.T) {
	t.Parallel()
	login := func(c *fakepg.Conn) error {
		_ = c.LoginSCRAM("u", fakepg.Password) // which fails for the wrong password
		return nil
	}
	s := fakepg.Start(t, login, fakepg.Tolerant())
	cfg, err := ParseConfig(s.DSN("password=" + fakepg.Password))
	if err != nil {
		t.Fatal(err)
	}
	connectOnce := func(cfg *Config, derived uint64) {
		t.Helper()
		c, err := ConnectConfig(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close(t.Context())
		if got := cfg.scramKeys.Derivations(); got != derived {
			t.Errorf("%d derivations, want %d", got, derived)
		}
	}
	connectOnce(cfg, 1)
	connectOnce(cfg, 1)
	connectOnce(cfg.Clone(), 1)
	wrong := cfg.Clone()
	wrong.Password = "wrong"
	if _, err := ConnectConfig(t.Context(), wrong); err == nil {
		t.Error("logged in with a wrong password")
	}
	if got := cfg.scramKeys.Derivations(); got != 2 {
		t.Errorf("%d derivations after a wrong password, want 2", got)
	}
	literal := &Config{}
	if a, b := literal.Clone(), literal.Clone(); a.scramKeys == b.scramKeys || literal.scramKeys != nil {
		t.Error("two clones of a literal share their keys")
	}
}
