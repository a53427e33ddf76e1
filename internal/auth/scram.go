package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// The SASL mechanisms of PostgreSQL that this library supports.
const (
	saslScram     = "SCRAM-SHA-256"
	saslScramPlus = "SCRAM-SHA-256-PLUS"
)

// scramBinding is the flag of the GS2 header (RFC 5802, section 7).
type scramBinding uint8

const (
	scramUnbound  scramBinding = iota // n: the client cannot bind, or may not
	scramOffering                     // y: the client could bind, but believes that the server cannot
	scramBound                        // p: bound to the server's certificate
)

// chooseScram chooses a mechanism among those that the server offers, and its flag. The flag y protects against a
// downgrade: a server that did offer PLUS refuses it, so nobody in between can remove the offer unnoticed.
func (a *Authenticator) chooseScram(offered []string) (scramBinding, error) {
	s := &a.settings
	plus := slices.Contains(offered, saslScramPlus)
	able := s.Encrypted && len(s.BindingData) > 0 && s.ChannelBinding != BindingDisable
	switch {
	case len(offered) == 0:
		return 0, outOfOrder("the server offers no SASL mechanism")
	case plus && !s.Encrypted:
		return 0, a.fail("the server offers " + saslScramPlus + " although this connection has no TLS: " +
			"something in between may have removed it; connect with sslmode=verify-full")
	case plus && able:
		return scramBound, nil
	case s.ChannelBinding == BindingRequire && !s.Encrypted:
		return 0, a.fail("channel_binding=require needs TLS; set sslmode=require or stricter")
	case s.ChannelBinding == BindingRequire && !able:
		return 0, a.fail("channel_binding=require, and the server's certificate has a signature without a channel binding hash; " +
			"give the server an RSA or ECDSA certificate")
	case s.ChannelBinding == BindingRequire:
		return 0, a.fail("channel_binding=require, and the server does not offer " + saslScramPlus)
	case !slices.Contains(offered, saslScram):
		return 0, a.fail(fmt.Sprintf("the server offers only %q; this library has %s and, under TLS, %s",
			offered[:min(len(offered), 10)], saslScram, saslScramPlus))
	case able:
		return scramOffering, nil
	}
	return scramUnbound, nil
}

// startScram answers AuthenticationSASL with the client's first message.
func (a *Authenticator) startScram(ctx context.Context, offered []string) ([]byte, error) {
	a.used = MechanismScram
	if err := a.permit(methodScram); err != nil {
		return nil, err
	}
	binding, err := a.chooseScram(offered)
	if err != nil {
		return nil, err
	}
	mechanism := saslScram
	if binding == scramBound {
		mechanism, a.used = saslScramPlus, MechanismScramPlus
	}
	password, err := a.password(ctx)
	if err != nil {
		return nil, err
	}
	nonce := scramNonce()
	if a.settings.nonce != nil {
		nonce = a.settings.nonce()
	}
	// PostgreSQL takes the user from the StartupMessage and ignores the name given here.
	a.scram = newScramExchange("", password, nonce, binding, a.settings.BindingData)
	a.state = awaitsChallenge
	return protocol.AppendSASLInitialResponse(nil, mechanism, []byte(a.scram.first()))
}

// challenge answers AuthenticationSASLContinue with the proof that the client knows the password.
func (a *Authenticator) challenge(ctx context.Context, data []byte) ([]byte, error) {
	if a.state != awaitsChallenge {
		return nil, outOfOrder("a challenge of SASL that no message of this login calls for")
	}
	text := string(data)
	c, err := parseScramChallenge(text, a.scram.nonce, cmp.Or(a.settings.MaxIterations, DefaultMaxIterations))
	switch {
	case errors.Is(err, errScramNonce), errors.Is(err, errScramIterations):
		return nil, a.fail(err.Error())
	case err != nil:
		return nil, outOfOrder("malformed SCRAM: " + err.Error())
	}
	proof, err := a.scram.prove(ctx, a.settings.Keys, text, c)
	switch {
	case ctx.Err() != nil:
		return nil, werr.FromContext(ctx)
	case err != nil:
		return nil, a.broken(err)
	}
	a.state = awaitsSignature
	return protocol.AppendSASLResponse(nil, []byte(proof))
}

// signature handles AuthenticationSASLFinal: the server's proof, or the reason why it refuses the login.
func (a *Authenticator) signature(data []byte) error {
	if a.state != awaitsSignature {
		return outOfOrder("an outcome of SASL that no message of this login calls for")
	}
	text := string(data)
	outcome, err := parseScramOutcome(text)
	switch {
	case err != nil:
		return outOfOrder("malformed SCRAM: " + err.Error())
	case outcome.refusal != "" && strings.Contains(outcome.refusal, a.scram.password):
		return a.fail("the server refuses the login, with a text that is not shown because it contains the password")
	case outcome.refusal != "":
		return a.fail("the server refuses the login: " + outcome.refusal)
	case !a.scram.verify(outcome.signature):
		return a.fail("the server's signature is wrong: it does not know the password; do not trust this server")
	}
	a.state, a.scram = awaitsProvenOk, nil
	return nil
}

// broken returns the error for a failure of the SCRAM implementation itself.
func (a *Authenticator) broken(err error) error {
	return &werr.AuthenticationError{Mechanism: a.used, Detail: "SCRAM failed", Err: err}
}
