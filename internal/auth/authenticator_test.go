package auth

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"
)

type serverMessage = pgproto3.BackendMessage

var (
	authOk    = &pgproto3.AuthenticationOk{}
	cleartext = &pgproto3.AuthenticationCleartextPassword{}
	md5Salted = &pgproto3.AuthenticationMD5Password{Salt: [4]byte{1, 2, 3, 4}}
)

func sasl(mechanisms ...string) serverMessage {
	return &pgproto3.AuthenticationSASL{AuthMechanisms: mechanisms}
}
func saslContinue(data string) serverMessage {
	return &pgproto3.AuthenticationSASLContinue{Data: []byte(data)}
}
func saslFinal(data string) serverMessage {
	return &pgproto3.AuthenticationSASLFinal{Data: []byte(data)}
}

// The values that the tests of a login share.
const (
	testNonce     = "clientnonce"
	testChallenge = "r=" + testNonce + "andservers,s=QSXCR+Q6sek8bf92,i=7"
	testBinding   = "certificate hash"
	headerN       = "n,,"
	headerY       = "y,,"
	headerP       = "p=tls-server-end-point,,"
)

func testSettings(change func(*Settings)) Settings {
	s := Settings{
		User:     "alice",
		Password: func(context.Context) (string, error) { return "secret", nil },
		nonce:    func() string { return testNonce },
	}
	if change != nil {
		change(&s)
	}
	return s
}

func encrypted(s *Settings) {
	s.Encrypted, s.BindingData = true, []byte(testBinding)
}

// unbindable stands for a certificate whose signature has no hash in RFC 5929.
func unbindable(s *Settings) { s.BindingData = nil }

func require(method string) func(*Settings) {
	return func(s *Settings) {
		r, err := ParseRequireAuth(method)
		if err != nil {
			panic(err)
		}
		s.RequireAuth = r
	}
}

func both(changes ...func(*Settings)) func(*Settings) {
	return func(s *Settings) {
		for _, change := range changes {
			change(s)
		}
	}
}

func bind(mode ChannelBinding) func(*Settings) {
	return func(s *Settings) { s.ChannelBinding = mode }
}

// run passes messages to a new authenticator until its first error, and returns all that it sent in readable form.
func run(t *testing.T, s Settings, messages []serverMessage) (a *Authenticator, sent []string, err error) {
	t.Helper()
	a = New(s)
	for _, m := range messages {
		var reply []byte
		if reply, err = a.Step(t.Context(), m); reply != nil {
			sent = append(sent, readable(t, reply))
		}
		if err != nil {
			if _, again := a.Step(t.Context(), authOk); again != err || a.Done() {
				t.Errorf("after %v: error %v, done %t", err, again, a.Done())
			}
			return a, sent, err
		}
	}
	return a, sent, nil
}

// readable returns the content of one message of type p: a password, or the mechanism and data of SASL.
func readable(t *testing.T, message []byte) string {
	t.Helper()
	backend := pgproto3.NewBackend(bytes.NewReader(message), io.Discard)
	authType := uint32(pgproto3.AuthTypeCleartextPassword)
	switch {
	case bytes.Contains(message, []byte("SCRAM-")):
		authType = pgproto3.AuthTypeSASL
	case bytes.Contains(message, []byte(",p=")):
		authType = pgproto3.AuthTypeSASLContinue
	}
	if err := backend.SetAuthType(authType); err != nil {
		t.Fatal(err)
	}
	m, err := backend.Receive()
	if err != nil {
		t.Fatalf("%q: %v", message, err)
	}
	switch m := m.(type) {
	case *pgproto3.PasswordMessage:
		return m.Password
	case *pgproto3.SASLInitialResponse:
		return m.AuthMechanism + " " + string(m.Data)
	case *pgproto3.SASLResponse:
		return string(m.Data)
	}
	t.Fatalf("%q is a %T", message, m)
	return ""
}

// first and scramLogin return the client's and the server's parts of a valid login.
func first(mechanism, header string) string {
	return mechanism + " " + header + "n=,r=" + testNonce
}

func scramLogin(header string) (proof, signature string) {
	full := header
	if header == headerP {
		full += testBinding
	}
	return scramOracle("secret", "n=,r="+testNonce, testChallenge, full)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	proofN, signatureN := scramLogin(headerN)
	proofY, signatureY := scramLogin(headerY)
	proofP, signatureP := scramLogin(headerP)
	scramMessages := func(signature string, mechanisms ...string) []serverMessage {
		return []serverMessage{sasl(mechanisms...), saslContinue(testChallenge), saslFinal(signature), authOk}
	}
	for _, tc := range []struct {
		name      string
		settings  func(*Settings)
		messages  []serverMessage
		sent      []string
		mechanism string
	}{
		{"trust", nil, []serverMessage{authOk}, nil, "trust"},
		{"trust required", require("none"), []serverMessage{authOk}, nil, "trust"},
		{"password", nil, []serverMessage{cleartext, authOk}, []string{"secret"}, "password"},
		{"password required", require("password"), []serverMessage{cleartext, authOk}, []string{"secret"}, "password"},
		{"md5", nil, []serverMessage{md5Salted, authOk}, nil, "md5"},
		{"md5, not password", require("!password"), []serverMessage{md5Salted, authOk}, nil, "md5"},
		{"scram", nil, scramMessages(signatureN, saslScram),
			[]string{first(saslScram, headerN), proofN}, "scram-sha-256"},
		{"scram among others", require("scram-sha-256"), scramMessages(signatureN, "OAUTHBEARER", saslScram),
			[]string{first(saslScram, headerN), proofN}, "scram-sha-256"},
		{"scram with tls", encrypted, scramMessages(signatureY, saslScram),
			[]string{first(saslScram, headerY), proofY}, "scram-sha-256"},
		{"scram bound", encrypted, scramMessages(signatureP, saslScram, saslScramPlus),
			[]string{first(saslScramPlus, headerP), proofP}, "scram-sha-256-plus"},
		{"scram bound, nothing else offered", both(encrypted, bind(BindingRequire), require("scram-sha-256")),
			scramMessages(signatureP, saslScramPlus),
			[]string{first(saslScramPlus, headerP), proofP}, "scram-sha-256-plus"},
		{"binding disabled", both(encrypted, bind(BindingDisable)), scramMessages(signatureN, saslScramPlus, saslScram),
			[]string{first(saslScram, headerN), proofN}, "scram-sha-256"},
		{"certificate that cannot be bound to", both(encrypted, unbindable),
			scramMessages(signatureN, saslScramPlus, saslScram),
			[]string{first(saslScram, headerN), proofN}, "scram-sha-256"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.mechanism == "md5" {
				tc.sent = []string{md5Password("alice", "secret", md5Salted.Salt)}
			}
			a, sent, err := run(t, testSettings(tc.settings), tc.messages)
			if err != nil || !a.Done() {
				t.Fatalf("done %t, error %v", a.Done(), err)
			}
			if diff := cmp.Diff(tc.sent, sent); diff != "" {
				t.Errorf("sent, want -, got +:\n%s", diff)
			}
			if a.Mechanism() != tc.mechanism {
				t.Errorf("mechanism %q, want %q", a.Mechanism(), tc.mechanism)
			}
		})
	}
}

// TestLoginFrames checks the bytes of the three messages that carry a secret or its proof.
func TestLoginFrames(t *testing.T) {
	t.Parallel()
	proof, _ := scramLogin(headerN)
	size := func(body string) string { return string([]byte{0, 0, 0, byte(4 + len(body))}) }
	initial := "SCRAM-SHA-256\x00\x00\x00\x00" + string([]byte{byte(len("n,,n=,r=" + testNonce))}) + "n,,n=,r=" + testNonce
	for _, tc := range []struct {
		name     string
		messages []serverMessage
		want     string
	}{
		{"password", []serverMessage{cleartext}, "p\x00\x00\x00\x0bsecret\x00"},
		{"initial response", []serverMessage{sasl(saslScram)}, "p" + size(initial) + initial},
		{"response", []serverMessage{sasl(saslScram), saslContinue(testChallenge)}, "p" + size(proof) + proof},
	} {
		a := New(testSettings(nil))
		var last []byte
		for _, m := range tc.messages {
			var err error
			if last, err = a.Step(t.Context(), m); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
		}
		if string(last) != tc.want {
			t.Errorf("%s: sent\n%swant\n%s", tc.name, hex.Dump(last), hex.Dump([]byte(tc.want)))
		}
	}
}
