package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// DefaultMaxIterations is the most iterations that a server may ask for. Computing them takes a quarter of a second, or
// about a second on a processor without instructions for SHA-256. The default of PostgreSQL is 4096 (scram_iterations).
// Without a limit a hostile server could keep the client busy for hours.
const DefaultMaxIterations = 1_000_000

// maxScramMessage is the longest message of SCRAM, in bytes. Those of PostgreSQL have about a hundred. They are copied
// for hashing, so their size must be bounded.
const maxScramMessage = 4 << 10

// scramChallenge is the server-first-message of RFC 5802, section 7, as PostgreSQL sends it.
type scramChallenge struct {
	nonce      string // the client's and the server's together
	salt       []byte
	iterations int
}

var (
	errScramNonce      = errors.New("the server did not extend the nonce: its answer belongs to another login")
	errScramIterations = errors.New("too many iterations")
)

// parseScramChallenge reads "r=nonce,s=salt,i=iterations". It is stricter than the grammar: nothing may follow the
// iterations, because PostgreSQL has no extensions. With errScramNonce and errScramIterations the challenge is well
// formed, but not acceptable.
func parseScramChallenge(text, clientNonce string, maxIterations int) (scramChallenge, error) {
	switch {
	case len(text) > maxScramMessage:
		return scramChallenge{}, fmt.Errorf("a challenge of %d bytes", len(text))
	case strings.HasPrefix(text, "m="):
		return scramChallenge{}, errors.New("an unknown mandatory extension")
	}
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return scramChallenge{}, fmt.Errorf("%d fields in the challenge, not the three r=, s= and i=", len(fields))
	}
	nonce, hasNonce := strings.CutPrefix(fields[0], "r=")
	salt, hasSalt := strings.CutPrefix(fields[1], "s=")
	count, hasCount := strings.CutPrefix(fields[2], "i=")
	switch {
	case !hasNonce || !hasSalt || !hasCount:
		return scramChallenge{}, errors.New("the fields of the challenge are not r=, s= and i=")
	case strings.IndexFunc(nonce, func(r rune) bool { return r < '!' || r > '~' }) >= 0:
		return scramChallenge{}, errors.New("the nonce is not printable")
	case len(nonce) <= len(clientNonce) || !strings.HasPrefix(nonce, clientNonce):
		return scramChallenge{}, errScramNonce
	}
	c := scramChallenge{nonce: nonce}
	var err error
	if c.salt, err = scramBase64(salt); err != nil || len(c.salt) == 0 {
		return scramChallenge{}, errors.New("the salt is empty or not base64")
	}
	c.iterations, err = parseScramIterations(count, maxIterations)
	return c, err
}

// parseScramIterations reads a positive number without sign or leading zero.
func parseScramIterations(s string, limit int) (int, error) {
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	if s == "" || s[0] == '0' || strings.IndexFunc(s, notDigit) >= 0 {
		return 0, errors.New("the iteration count is not a positive number")
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > limit {
		return 0, fmt.Errorf("%w: the server asks for more than %d, the limit set by Config.MaxSCRAMIterations", errScramIterations, limit)
	}
	return n, nil
}

// scramOutcome is the server-final-message: the server's signature, or its error.
type scramOutcome struct {
	refusal   string // without "e="
	signature []byte
}

// parseScramOutcome reads "v=signature" or "e=error".
func parseScramOutcome(text string) (scramOutcome, error) {
	if len(text) > maxScramMessage {
		return scramOutcome{}, fmt.Errorf("a last message of %d bytes", len(text))
	}
	if refusal, ok := strings.CutPrefix(text, "e="); ok && refusal != "" {
		return scramOutcome{refusal: refusal}, nil
	}
	signature, ok := strings.CutPrefix(text, "v=")
	if !ok {
		return scramOutcome{}, errors.New("the last message has neither a signature nor an error")
	}
	decoded, err := scramBase64(signature)
	if err != nil || len(decoded) != sha256.Size {
		return scramOutcome{}, fmt.Errorf("the signature is not %d bytes in base64", sha256.Size)
	}
	return scramOutcome{signature: decoded}, nil
}

// scramBase64 decodes base64 without line breaks, which the decoder would skip, and without stray bits.
func scramBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line break in base64")
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}
