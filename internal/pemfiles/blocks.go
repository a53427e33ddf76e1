// Package pemfiles reads the files of TLS: authorities, certificates with their chains, private keys and revocation
// lists. All of them are PEM (RFC 7468), as OpenSSL writes them. Errors name the file, and never show what is in it.
package pemfiles

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
)

// blocks returns all blocks of a PEM text. Unlike pem.Decode it does not pass over a block that is damaged: an authority
// or a revocation list that is silently missing is worse than an error. A byte order mark in front is ignored.
func blocks(text []byte) ([]*pem.Block, error) {
	var found []*pem.Block
	for _, part := range split(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		block, _ := pem.Decode(part)
		if block == nil {
			return nil, fmt.Errorf("block %d of it is damaged", len(found)+1)
		}
		found = append(found, block)
	}
	return found, nil
}

// split cuts a text in front of each line that begins a block. What stands before the first one is no part of any.
func split(text []byte) [][]byte {
	var parts [][]byte
	for line := range bytes.Lines(text) {
		header := bytes.TrimRight(line, " \t\r\n")
		if bytes.HasPrefix(header, []byte("-----BEGIN ")) && bytes.HasSuffix(header, []byte("-----")) {
			parts = append(parts, nil)
		}
		if n := len(parts); n > 0 {
			parts[n-1] = append(parts[n-1], line...)
		}
	}
	return parts
}

// readBlocks returns the blocks of a file.
func readBlocks(path string) ([]*pem.Block, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found, err := blocks(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return found, nil
}
