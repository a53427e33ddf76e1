package conn

import (
	"fmt"
	"slices"
)

// loginPhase is how far a login has come.
type loginPhase uint8

const (
	loginStarted        loginPhase = iota // the StartupMessage was sent, or is about to be
	loginNegotiated                       // NegotiateProtocolVersion has come
	loginAuthenticating                   // the server has asked for a method
	loginAuthenticated                    // AuthenticationOk has come
	loginKeyed                            // BackendKeyData has come
	loginReady                            // ReadyForQuery has come
	loginAsking                           // a statement for target_session_attrs is under way
)

// loginTransitions are all legal changes of phase.
var loginTransitions = [...][]loginPhase{
	loginStarted:        {loginNegotiated, loginAuthenticating},
	loginNegotiated:     {loginAuthenticating},
	loginAuthenticating: {loginAuthenticated},
	loginAuthenticated:  {loginKeyed, loginReady},
	loginKeyed:          {loginReady},
	loginReady:          {loginAsking},
	loginAsking:         {loginReady},
}

// may reports whether a login in phase p may go on to another.
func (p loginPhase) may(to loginPhase) bool { return slices.Contains(loginTransitions[p], to) }

// move changes the phase.
func (l *login) move(to loginPhase) {
	if !l.phase.may(to) {
		panic(fmt.Sprintf("BUG: conn: login phase %d to %d", l.phase, to))
	}
	l.phase = to
}
