package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

func TestKeysAreDerivedOnce(t *testing.T) {
	t.Parallel()
	c := NewKeyCache()
	salt := []byte("salt")
	get := func(password string, salt []byte, iterations int) scramKeys {
		t.Helper()
		keys, err := c.get(t.Context(), password, salt, iterations)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	first := get("secret", salt, 10)
	seen := map[scramKeys]string{first: "the first"}
	for _, test := range []struct {
		name       string
		password   string
		salt       []byte
		iterations int
		derived    uint64 // so far
	}{
		{"the same", "secret", []byte("salt"), 10, 1},
		{"another password", "secret2", salt, 10, 2},
		{"another salt", "secret", []byte("Salt"), 10, 3},
		{"another count", "secret", salt, 11, 4},
		{"split elsewhere", "secrets", []byte("alt"), 10, 5},
		{"the same again", "secret", salt, 10, 5},
	} {
		keys := get(test.password, test.salt, test.iterations)
		if got := c.Derivations(); got != test.derived {
			t.Errorf("%s: %d derivations, want %d", test.name, got, test.derived)
		}
		same := strings.HasPrefix(test.name, "the same")
		if other, known := seen[keys]; known != same {
			t.Errorf("%s: the keys are those of %q", test.name, other)
		}
		seen[keys] = test.name
	}
}

func TestKeyCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := NewKeyCache()
	ask := func(i int) {
		if _, err := c.get(t.Context(), "secret", fmt.Append(nil, i), 1); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 * maxCachedKeys {
		ask(i)
	}
	if len(c.entries) != maxCachedKeys || len(c.oldest) != maxCachedKeys {
		t.Errorf("%d entries, %d names", len(c.entries), len(c.oldest))
	}
	ask(2*maxCachedKeys - 1) // still cached
	ask(0)                   // no longer cached
	if got := c.Derivations(); got != 2*maxCachedKeys+1 {
		t.Errorf("%d derivations", got)
	}
}

// All calls for the same keys at the same time wait for one derivation; a call that gives up does not end it for the
// others.
func TestKeysThatAreBeingDerived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const iterations = scramInline + 1
		c := NewKeyCache()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.get(ctx, "secret", []byte("salt"), iterations); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := c.get(t.Context(), "secret", []byte("salt"), iterations); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := c.Derivations(); got != 1 {
			t.Errorf("%d derivations, want 1", got)
		}
	})
}

// A cache does not contain the password.
func TestKeyCacheHoldsNoPassword(t *testing.T) {
	t.Parallel()
	const password = "hunter2hunter2"
	c := NewKeyCache()
	if _, err := c.get(t.Context(), password, []byte("salt"), 1); err != nil {
		t.Fatal(err)
	}
	for name, entry := range c.entries {
		if text := fmt.Sprintf("%s %s %s", name, entry.keys.client, entry.keys.server); strings.Contains(text, password) {
			t.Errorf("%s", text)
		}
	}
}

// A second login with the same cache derives nothing, and still succeeds.
func TestLoginWithCachedKeys(t *testing.T) {
	t.Parallel()
	c := NewKeyCache()
	const challenge = "r=" + testNonce + "DEF,s=QSXC,i=7"
	for i, test := range []struct {
		password string
		derived  uint64
	}{{"secret", 1}, {"secret", 1}, {"changed", 2}} {
		a := New(Settings{
			Password: func(context.Context) (string, error) { return test.password, nil },
			Keys:     c,
			nonce:    func() string { return testNonce },
		})
		proof, signature := scramOracle(test.password, "n=,r="+testNonce, challenge, "n,,")
		for _, step := range []struct {
			m    serverMessage
			sent string
		}{{sasl(saslScram), ""}, {saslContinue(challenge), proof}, {saslFinal(signature), ""}, {authOk, ""}} {
			sent, err := a.Step(t.Context(), step.m)
			if err != nil || !strings.Contains(string(sent), step.sent) {
				t.Fatalf("login %d: sent %q, error %v; want %q", i, sent, err, step.sent)
			}
		}
		if !a.Done() || c.Derivations() != test.derived {
			t.Errorf("login %d: done %t, %d derivations, want %d", i, a.Done(), c.Derivations(), test.derived)
		}
	}
}
