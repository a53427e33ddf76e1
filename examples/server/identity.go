package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// identity is the client of a request. With signed tokens (JWT), it comes from a verified token; behind a gateway
// that verifies them, from the gateway's headers, on a listener that only the gateway can reach.
type identity struct{ tenant, name string }

// claims returns the options that tell the database for whom a query runs. They apply only to that query, and need no
// round trip. Row-level security uses app.tenant: no statement of this program names a tenant.
func (id identity) claims(role string) []stream.Option {
	return []stream.Option{
		stream.WithReadOnly(),
		stream.WithRole(role),
		stream.WithSetting("app.tenant", id.tenant),
		stream.WithSetting("app.user", id.name), // for policies, triggers and the server's log
	}
}

// keyring contains the clients by the hash of their token, so that the time of a look-up reveals nothing about the
// tokens.
type keyring map[[sha256.Size]byte]identity

// readKeys reads a file of lines "token tenant name". Lines that begin with # are comments.
func readKeys(path string) (keyring, error) {
	if path == "" {
		return nil, fmt.Errorf("-tokens: name the file of the clients")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	keys := keyring{}
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case len(words) != 3:
			return nil, fmt.Errorf("%s:%d: want a token, a tenant and a name", path, n)
		default:
			hash := sha256.Sum256([]byte(words[0]))
			if _, twice := keys[hash]; twice {
				return nil, fmt.Errorf("%s:%d: the token is given twice", path, n)
			}
			keys[hash] = identity{tenant: words[1], name: words[2]}
		}
	}
	return keys, lines.Err()
}

// identify returns the client that sends r, according to its bearer token (RFC 6750).
func (k keyring) identify(r *http.Request) (identity, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return identity{}, false
	}
	id, known := k[sha256.Sum256([]byte(token))]
	return id, known
}
