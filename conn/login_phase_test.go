package conn

import "testing"

// TestLoginPhases checks all pairs of phases.
func TestLoginPhases(t *testing.T) {
	t.Parallel()
	legal := map[[2]loginPhase]bool{
		{loginStarted, loginNegotiated}:           true,
		{loginStarted, loginAuthenticating}:       true,
		{loginNegotiated, loginAuthenticating}:    true,
		{loginAuthenticating, loginAuthenticated}: true,
		{loginAuthenticated, loginKeyed}:          true,
		{loginAuthenticated, loginReady}:          true,
		{loginKeyed, loginReady}:                  true,
		{loginReady, loginAsking}:                 true,
		{loginAsking, loginReady}:                 true,
	}
	for from := range loginAsking + 1 {
		for to := range loginAsking + 1 {
			if got := move(from, to); got != legal[[2]loginPhase{from, to}] {
				t.Errorf("from %d to %d: %t", from, to, got)
			}
		}
	}
}

// move reports whether a login can change its phase; if not, the change panics, and the phase stays the same.
func move(from, to loginPhase) (moved bool) {
	l := &login{phase: from}
	defer func() {
		moved = recover() == nil && l.phase == to
	}()
	l.move(to)
	return
}
