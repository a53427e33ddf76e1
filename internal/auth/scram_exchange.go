package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
)

// scramNonceSize is in bytes before base64, as in PostgreSQL.
const scramNonceSize = 18

// scramExchange is the client's side of one exchange of SCRAM-SHA-256 (RFC 5802, section 3; RFC 7677).
type scramExchange struct {
	password  string
	nonce     string
	header    string // the GS2 header, which states how the exchange is bound
	bound     []byte // the channel binding data, if it is bound
	bare      string // the first message without the header
	signature []byte // the one expected of the server, once the proof has been made
}

// newScramExchange begins an exchange. The user is a SASLname, and so contains no "," or "=".
func newScramExchange(user, password, nonce string, binding scramBinding, data []byte) *scramExchange {
	x := &scramExchange{password: password, nonce: nonce, bare: "n=" + user + ",r=" + nonce}
	switch binding {
	case scramUnbound:
		x.header = "n,,"
	case scramOffering:
		x.header = "y,,"
	case scramBound:
		x.header, x.bound = "p=tls-server-end-point,,", data
	}
	return x
}

// first returns the client-first-message.
func (x *scramExchange) first() string { return x.header + x.bare }

// prove returns the client-final-message. Deriving the keys is the only long computation of a login; if the context
// ends first, prove returns at once.
func (x *scramExchange) prove(ctx context.Context, cache *KeyCache, text string, c scramChallenge) (string, error) {
	keys, err := cache.get(ctx, x.password, c.salt, c.iterations)
	if err != nil {
		return "", err
	}
	input := append([]byte(x.header), x.bound...)
	final := "c=" + base64.StdEncoding.EncodeToString(input) + ",r=" + c.nonce
	message := []byte(x.bare + "," + text + "," + final)
	x.signature = mac(keys.server[:], message)
	proof := mac(keys.stored[:], message)
	subtle.XORBytes(proof, proof, keys.client[:])
	return final + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

// verify reports whether signature proves that the server knows the password.
func (x *scramExchange) verify(signature []byte) bool {
	return x.signature != nil && hmac.Equal(signature, x.signature)
}

func scramNonce() string {
	raw := make([]byte, scramNonceSize)
	_, _ = rand.Read(raw) // never fails: it would end the program instead
	return base64.StdEncoding.EncodeToString(raw)
}
