package auth

import (
	"unicode/utf8"

	"github.com/xdg-go/stringprep"
)

// The two halves of SASLprep (RFC 4013), in PostgreSQL's order: prohibited characters are looked for before the text is
// normalized, and a zero-width space becomes a space.
var (
	scramMapped = stringprep.Profile{
		Mappings:  []stringprep.Mapping{scramSpaces(), stringprep.TableB1},
		Prohibits: stringprep.SASLprep.Prohibits,
		CheckBiDi: true,
	}
	scramNormalized = stringprep.Profile{Normalize: true}
)

// scramSpaces maps the non-ASCII spaces to the ASCII space.
func scramSpaces() stringprep.Mapping {
	m := stringprep.Mapping{}
	for _, interval := range stringprep.TableC1_2 {
		for r := interval[0]; r <= interval[1]; r++ {
			m[r] = []rune{' '}
		}
	}
	return m
}

// scramPassword returns the password as SCRAM hashes it: prepared with SASLprep, or unchanged if it is not UTF-8,
// contains what SASLprep prohibits, or would become empty. The server does the same when a password is set, so that any
// sequence of bytes can be a password (manual, "SASL Authentication").
func scramPassword(password string) string {
	if !utf8.ValidString(password) {
		return password
	}
	mapped, err := scramMapped.Prepare(password)
	if err != nil || mapped == "" {
		return password
	}
	prepared, err := scramNormalized.Prepare(mapped)
	if err != nil {
		return password
	}
	return prepared
}
