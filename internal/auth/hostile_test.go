package auth

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// failure describes how a login must fail.
type failure struct {
	protocol bool   // a ProtocolError, not an AuthenticationError
	text     string // contained in the error
	sent     []string
}

func (f failure) check(t *testing.T, err error, sent []string) {
	t.Helper()
	var refused *werr.AuthenticationError
	var broken *werr.ProtocolError
	switch {
	case f.protocol && (!errors.As(err, &broken) || broken.Message != 'R'):
		t.Errorf("error %T %v, want a ProtocolError in R", err, err)
	case !f.protocol && !errors.As(err, &refused):
		t.Errorf("error %T %v, want an AuthenticationError", err, err)
	}
	if err == nil {
		return
	}
	if !strings.Contains(err.Error(), f.text) {
		t.Errorf("error %q, want %q in its text", err, f.text)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in %q", err)
	}
	if diff := cmp.Diff(f.sent, sent); diff != "" {
		t.Errorf("sent, want -, got +:\n%s", diff)
	}
}

// The client's messages in a login without TLS.
var (
	hostileProof, hostileSignature = scramLogin(headerN)

	firstN = []string{first(saslScram, headerN)}
	proven = []string{first(saslScram, headerN), hostileProof}
)

// challenge and final return the messages of a server up to its challenge, and up to its last message.
func challenge(text string) []serverMessage {
	return []serverMessage{sasl(saslScram), saslContinue(text)}
}

func final(text string, more ...serverMessage) []serverMessage {
	return append([]serverMessage{sasl(saslScram), saslContinue(testChallenge), saslFinal(text)}, more...)
}

var hostileServers = []struct {
	name     string
	settings func(*Settings)
	messages []serverMessage
	want     failure
}{
	{"scram skipped at once", nil, []serverMessage{sasl(saslScram), authOk},
		failure{text: "before it had proven", sent: firstN}},
	{"scram skipped at the end", nil, []serverMessage{sasl(saslScram), saslContinue(testChallenge), authOk},
		failure{text: "before it had proven", sent: proven}},
	{"scram given up for a password", nil, []serverMessage{sasl(saslScram), cleartext},
		failure{protocol: true, text: "a second request", sent: firstN}},
	{"scram given up for md5", nil, []serverMessage{sasl(saslScram), saslContinue(testChallenge), md5Salted},
		failure{protocol: true, text: "a second request", sent: proven}},
	{"signature of another password", nil, final("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
		failure{text: "signature is wrong", sent: proven}},
	{"signature empty", nil, final("v="), failure{protocol: true, text: "signature", sent: proven}},
	{"signature short", nil, final("v=QSXC"), failure{protocol: true, text: "signature", sent: proven}},
	{"signature not base64", nil, final("v=????"), failure{protocol: true, text: "signature", sent: proven}},
	{"signature and more", nil, final(hostileSignature + ",x=y"),
		failure{protocol: true, text: "signature", sent: proven}},
	{"final message empty", nil, final(""), failure{protocol: true, text: "neither", sent: proven}},
	{"final message of 5 kB", nil, final("e=" + strings.Repeat("x", 5000)),
		failure{protocol: true, text: "5002 bytes", sent: proven}},
	{"error without text", nil, final("e="), failure{protocol: true, text: "neither", sent: proven}},
	{"error", nil, final("e=invalid-proof"), failure{text: "refuses the login: invalid-proof", sent: proven}},
	{"error with control characters", nil, final("e=\x1b[2J"), failure{text: `\x1b[2J`, sent: proven}},
	{"error with the password", nil, final("e=it is secret"), failure{text: "not shown", sent: proven}},
	{"error, then ok", nil, final("e=other-error", authOk), failure{text: "other-error", sent: proven}},
	{"nonce empty", nil, challenge("r=,s=QSXC,i=7"), failure{text: "nonce", sent: firstN}},
	{"nonce shortened", nil, challenge("r=client,s=QSXC,i=7"), failure{text: "nonce", sent: firstN}},
	{"nonce not extended", nil, challenge("r=" + testNonce + ",s=QSXC,i=7"), failure{text: "nonce", sent: firstN}},
	{"iterations 0", nil, challenge("r=" + testNonce + "x,s=QSXC,i=0"),
		failure{protocol: true, text: "iteration count", sent: firstN}},
	{"iterations -1", nil, challenge("r=" + testNonce + "x,s=QSXC,i=-1"),
		failure{protocol: true, text: "iteration count", sent: firstN}},
	{"iterations not a number", nil, challenge("r=" + testNonce + "x,s=QSXC,i=x"),
		failure{protocol: true, text: "iteration count", sent: firstN}},
	{"iterations above the default", nil, challenge("r=" + testNonce + "x,s=QSXC,i=1000001"),
		failure{text: "more than 1000000", sent: firstN}},
	{"iterations above the setting", func(s *Settings) { s.MaxIterations = 6 }, challenge(testChallenge),
		failure{text: "more than 6", sent: firstN}},
	{"iterations huge", nil, challenge("r=" + testNonce + "x,s=QSXC,i=99999999999999999999"),
		failure{text: "more than", sent: firstN}},
	{"salt not base64", nil, challenge("r=" + testNonce + "x,s=!,i=7"),
		failure{protocol: true, text: "salt", sent: firstN}},
	{"mandatory extension", nil, challenge("m=x," + testChallenge),
		failure{protocol: true, text: "extension", sent: firstN}},
	{"challenge empty", nil, challenge(""), failure{protocol: true, text: "malformed", sent: firstN}},
	{"challenge at once", nil, []serverMessage{saslContinue(testChallenge)}, failure{protocol: true, text: "challenge"}},
	{"challenge twice", nil, append(challenge(testChallenge), saslContinue(testChallenge)),
		failure{protocol: true, text: "challenge", sent: proven}},
	{"challenge after a password", nil, []serverMessage{cleartext, saslContinue(testChallenge)},
		failure{protocol: true, text: "challenge", sent: []string{"secret"}}},
	{"final message at once", nil, []serverMessage{saslFinal("v=QSXC")}, failure{protocol: true, text: "outcome"}},
	{"final message before the challenge", nil, []serverMessage{sasl(saslScram), saslFinal(hostileSignature)},
		failure{protocol: true, text: "outcome", sent: firstN}},
	{"final message twice", nil, final(hostileSignature, saslFinal(hostileSignature)),
		failure{protocol: true, text: "outcome", sent: proven}},
	{"request after the proof", nil, final(hostileSignature, cleartext),
		failure{protocol: true, text: "a second request", sent: proven}},
	{"request after ok", nil, []serverMessage{authOk, cleartext}, failure{protocol: true, text: "a second request"}},
	{"ok twice", nil, []serverMessage{authOk, authOk}, failure{protocol: true, text: "a second AuthenticationOk"}},
	{"password twice", nil, []serverMessage{cleartext, cleartext},
		failure{protocol: true, text: "a second request", sent: []string{"secret"}}},
	{"scram twice", nil, []serverMessage{sasl(saslScram), sasl(saslScram)},
		failure{protocol: true, text: "a second request", sent: firstN}},
	{"no mechanism", nil, []serverMessage{sasl()}, failure{protocol: true, text: "no SASL mechanism"}},
	{"unknown mechanisms", nil, []serverMessage{sasl("SCRAM-SHA-1", "OAUTHBEARER")},
		failure{text: `["SCRAM-SHA-1" "OAUTHBEARER"]`}},
	{"mechanism in lower case", nil, []serverMessage{sasl("scram-sha-256")}, failure{text: "offers only"}},
	{"plus without tls", nil, []serverMessage{sasl(saslScramPlus, saslScram)}, failure{text: "no TLS"}},
	{"not part of a login", nil, []serverMessage{&pgproto3.ReadyForQuery{}},
		failure{protocol: true, text: "ReadyForQuery"}},
}

// TestHostileServer checks that the login fails, and that nothing is sent after the fault.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	for _, tc := range hostileServers {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, sent, err := run(t, testSettings(tc.settings), tc.messages)
			tc.want.check(t, err, sent)
		})
	}
}
