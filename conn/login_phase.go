package conn

import (
	"fmt"
	"slices"
)

// loginPhase is how far a login has progressed.
type loginPhase uint8

const (
	loginStarted        loginPhase = iota // the StartupMessage was sent, or is about to be
	loginNegotiated                       // NegotiateProtocolVersion was received
	loginAuthenticating                   // the server has requested a method
	loginAuthenticated                    // AuthenticationOk was received
	loginKeyed                            // BackendKeyData was received
	loginReady                            // ReadyForQuery was received
	loginAsking                           // a statement for target_session_attrs is under way
)

// loginTransitions lists the phases that may follow each phase.
var loginTransitions = [...][]loginPhase{
	loginStarted:        {loginNegotiated, loginAuthenticating},
	loginNegotiated:     {loginAuthenticating},
	loginAuthenticating: {loginAuthenticated},
	loginAuthenticated:  {loginKeyed, loginReady},
	loginKeyed:          {loginReady},
	loginReady:          {loginAsking},
	loginAsking:         {loginReady},
}

// may reports whether the phase may change from p to the given one.
func (p loginPhase) may(to loginPhase) bool { return slices.Contains(loginTransitions[p], to) }

// move changes the phase.
func (l *login) move(to loginPhase) {
	if !l.phase.may(to) {
		panic(fmt.Sprintf("BUG: conn: login phase %d to %d", l.phase, to))
	}
	l.phase = to
}
