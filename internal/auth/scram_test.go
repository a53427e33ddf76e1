package auth

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// TestScramExample runs the exchange of RFC 7677, section 3.
func TestScramExample(t *testing.T) {
	t.Parallel()
	const (
		nonce     = "rOprNGfwEbeRWgbNEkqO"
		both      = nonce + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
		challenge = "r=" + both + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	)
	x := newScramExchange("user", "pencil", nonce, scramUnbound, nil)
	if first := x.first(); first != "n,,n=user,r="+nonce {
		t.Fatalf("first message %q", first)
	}
	if x.verify(nil) {
		t.Error("a signature was accepted before there was a proof")
	}
	proof, err := prove(t.Context(), x, challenge)
	if want := "c=biws,r=" + both + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="; err != nil || proof != want {
		t.Fatalf("proof %q, error %v; want %q", proof, err, want)
	}
	outcome, err := parseScramOutcome("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
	if err != nil || !x.verify(outcome.signature) {
		t.Fatalf("the server's signature was not accepted: %v", err)
	}
}

// prove answers a challenge, without a cache.
func prove(ctx context.Context, x *scramExchange, text string) (string, error) {
	c, err := parseScramChallenge(text, x.nonce, DefaultMaxIterations)
	if err != nil {
		return "", err
	}
	return x.prove(ctx, nil, text, c)
}

// scramOracle computes the last messages of both sides according to RFC 5802, section 3, independently of the library.
func scramOracle(password, firstBare, challenge, header string) (proof, signature string) {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	encode := base64.StdEncoding.EncodeToString
	nonce, rest, _ := strings.Cut(strings.TrimPrefix(challenge, "r="), ",s=")
	salt64, _, _ := strings.Cut(rest, ",i=")
	salt, _ := base64.StdEncoding.DecodeString(salt64)
	salted, _ := pbkdf2.Key(sha256.New, password, salt, testIterations, sha256.Size)

	withoutProof := "c=" + encode([]byte(header)) + ",r=" + nonce
	message := firstBare + "," + challenge + "," + withoutProof
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	for i, b := range mac(stored[:], message) {
		key[i] ^= b
	}
	return withoutProof + ",p=" + encode(key), "v=" + encode(mac(mac(salted, "Server Key"), message))
}

const testIterations = 7

func TestParseScramChallenge(t *testing.T) {
	t.Parallel()
	const limit = 1000
	c, err := parseScramChallenge("r=abcDEF~!+/=,s=QSXCR+Q6sek8bf92,i=1000", "abc", limit)
	if err != nil || c.nonce != "abcDEF~!+/=" || c.iterations != limit || len(c.salt) != 12 {
		t.Errorf("%+v, error %v", c, err)
	}
	for name, text := range map[string]string{
		"nothing":               "",
		"two fields":            "r=abcDEF,s=QSXC",
		"four fields":           "r=abcDEF,s=QSXC,i=10,t=more",
		"extension before":      "m=ext,r=abcDEF,s=QSXC,i=10",
		"extension after":       "r=abcDEF,s=QSXC,i=10,m=ext",
		"other order":           "s=QSXC,r=abcDEF,i=10",
		"other names":           "R=abcDEF,S=QSXC,I=10",
		"nonce empty":           "r=,s=QSXC,i=10",
		"nonce not extended":    "r=abc,s=QSXC,i=10",
		"nonce shortened":       "r=ab,s=QSXC,i=10",
		"nonce of someone else": "r=xbcDEF,s=QSXC,i=10",
		"nonce with a blank":    "r=abc DEF,s=QSXC,i=10",
		"nonce with a control":  "r=abcDEF\x00,s=QSXC,i=10",
		"nonce not ascii":       "r=abcDÉF,s=QSXC,i=10",
		"salt empty":            "r=abcDEF,s=,i=10",
		"salt not base64":       "r=abcDEF,s=????,i=10",
		"salt without padding":  "r=abcDEF,s=QQ,i=10",
		"salt with stray bits":  "r=abcDEF,s=QR==,i=10",
		"salt on two lines":     "r=abcDEF,s=QS\nXC,i=10",
		"nonce of 5 kB":         "r=abc" + strings.Repeat("x", 5000) + ",s=QSXC,i=10",
		"iterations empty":      "r=abcDEF,s=QSXC,i=",
		"iterations 0":          "r=abcDEF,s=QSXC,i=0",
		"iterations -1":         "r=abcDEF,s=QSXC,i=-1",
		"iterations +1":         "r=abcDEF,s=QSXC,i=+1",
		"leading zero":          "r=abcDEF,s=QSXC,i=010",
		"iterations a word":     "r=abcDEF,s=QSXC,i=many",
		"iterations and more":   "r=abcDEF,s=QSXC,i=10 ",
		"above the limit":       "r=abcDEF,s=QSXC,i=1001",
		"above every integer":   "r=abcDEF,s=QSXC,i=99999999999999999999999999",
	} {
		if _, err := parseScramChallenge(text, "abc", limit); err == nil {
			t.Errorf("%s: %q was accepted", name, text)
		}
	}
}

// TestProveKeepsToTheContext checks that a server that asks for much work does not delay the client beyond its
// deadline.
func TestProveKeepsToTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := newScramExchange("", "secret", "abc", scramUnbound, nil)
	if _, err := prove(ctx, x, "r=abcDEF,s=QSXC,i=1000000"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// TestProveInTheBackground checks that a number of iterations that is computed in the background gives the same proof.
func TestProveInTheBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
		x := newScramExchange("", "secret", "abc", scramUnbound, nil)
		proof, err := prove(t.Context(), x, "r=abcDEF,s=QSXC,i=20000")
		const want = "c=biws,r=abcDEF,p="
		if err != nil || !strings.HasPrefix(proof, want) {
			t.Errorf("proof %q, error %v; want %s...", proof, err, want)
		}
	})
}

// FuzzScram plays a hostile server that chooses two messages: the client never trusts it, and no error shows the
// password.
func FuzzScram(f *testing.F) {
	const password = "correct horse battery staple"
	f.Add("r=fuzzDEF,s=QSXC,i=10", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
	f.Add("r=fuzz,s=QSXC,i=10", "e=invalid-proof")
	f.Add("r=fuzzDEF,s=QSXC,i=10", "e="+password)
	f.Add("r=fuzzDEF,s=QSXC,i=99999999999999999999", "")
	f.Fuzz(func(t *testing.T, challenge, outcome string) {
		a := New(Settings{
			Password:      func(context.Context) (string, error) { return password, nil },
			MaxIterations: 100,
			nonce:         func() string { return "fuzz" },
		})
		var last error
		for _, m := range []serverMessage{sasl(saslScram), saslContinue(challenge), saslFinal(outcome), authOk} {
			sent, err := a.Step(t.Context(), m)
			if err != nil {
				last = err
			}
			if err != nil && len(sent) > 0 {
				t.Errorf("%q sent along with the error %v", sent, err)
			}
		}
		if a.Done() || last == nil {
			t.Fatalf("a server that does not know the password was trusted: %q, %q", challenge, outcome)
		}
		var refused *werr.AuthenticationError
		var broken *werr.ProtocolError
		if !errors.As(last, &refused) && !errors.As(last, &broken) {
			t.Errorf("error %T %v", last, last)
		}
		if strings.Contains(last.Error(), password) {
			t.Errorf("the password is in %q", last)
		}
	})
}
