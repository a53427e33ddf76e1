package auth

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// scramKeys are what is derived from a password (RFC 5802, section 3).
type scramKeys struct {
	client, stored, server [sha256.Size]byte
}

const (
	// maxCachedKeys is the size of a KeyCache. A role has one salt and one iteration count, so a few entries are enough
	// for all connections of a program; further ones come from changed passwords, or from servers that invent a salt
	// for each login.
	maxCachedKeys = 64
	// scramInline is the most iterations, a few milliseconds, that are computed without checking the context.
	scramInline = 16_384
)

// KeyCache caches the keys of SCRAM by password, salt and iteration count, so that many connections of one user cost
// one derivation. It does not hold passwords: entries are found by a hash that is keyed with a secret of the cache. The
// keys themselves are as good as the password for logging in to that server. A KeyCache is safe for concurrent use.
type KeyCache struct {
	secret [sha256.Size]byte

	mu          sync.Mutex
	entries     map[[sha256.Size]byte]*cachedKeys
	oldest      [][sha256.Size]byte // the keys of entries, oldest first
	derivations uint64
}

// cachedKeys are keys whose derivation may still be in progress.
type cachedKeys struct {
	done chan struct{} // closed when keys and err are set
	keys scramKeys
	err  error
}

// NewKeyCache returns an empty cache.
func NewKeyCache() *KeyCache {
	c := &KeyCache{entries: make(map[[sha256.Size]byte]*cachedKeys)}
	_, _ = rand.Read(c.secret[:]) // never fails: it would end the program instead
	return c
}

// Derivations returns how many times keys were derived from a password.
func (c *KeyCache) Derivations() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.derivations
}

// get returns the keys, and derives them if they are not in the cache. A call for keys that are being derived waits for
// them. If ctx ends first, get returns its error, and the derivation continues for the next call. A nil cache caches
// nothing.
func (c *KeyCache) get(ctx context.Context, password string, salt []byte, iterations int) (scramKeys, error) {
	if c == nil {
		c = NewKeyCache()
	}
	entry, found := c.entry(c.name(password, salt, iterations))
	switch {
	case !found && iterations <= scramInline:
		entry.derive(password, salt, iterations)
	case !found:
		go entry.derive(password, salt, iterations)
	}
	select {
	case <-entry.done:
		return entry.keys, entry.err
	default:
	}
	select {
	case <-entry.done:
		return entry.keys, entry.err
	case <-ctx.Done():
		return scramKeys{}, werr.FromContext(ctx)
	}
}

// entry finds an entry, or makes one that the caller must derive.
func (c *KeyCache) entry(name [sha256.Size]byte) (e *cachedKeys, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, found = c.entries[name]; found {
		return e, true
	}
	if len(c.oldest) == maxCachedKeys {
		delete(c.entries, c.oldest[0])
		c.oldest = c.oldest[1:]
	}
	e = &cachedKeys{done: make(chan struct{})}
	c.entries[name], c.oldest = e, append(c.oldest, name)
	c.derivations++
	return e, false
}

// name returns the key of an entry.
func (c *KeyCache) name(password string, salt []byte, iterations int) (name [sha256.Size]byte) {
	h := hmac.New(sha256.New, c.secret[:])
	for _, part := range []string{password, string(salt)} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // so that parts split elsewhere differ
		h.Write([]byte(part))
	}
	_ = binary.Write(h, binary.BigEndian, uint64(iterations))
	h.Sum(name[:0])
	return name
}

func (e *cachedKeys) derive(password string, salt []byte, iterations int) {
	defer close(e.done)
	salted, err := pbkdf2.Key(sha256.New, scramPassword(password), salt, iterations, sha256.Size)
	if err != nil {
		e.err = err
		return
	}
	copy(e.keys.client[:], mac(salted, []byte("Client Key")))
	copy(e.keys.server[:], mac(salted, []byte("Server Key")))
	e.keys.stored = sha256.Sum256(e.keys.client[:])
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}
