// Package pemfiles reads the files that TLS needs: authorities, certificates with their chains, private keys and
// revocation lists. All of them are in PEM (RFC 7468), as OpenSSL writes them. Errors name the file, and never show its
// content.
package pemfiles

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
)

// blocks returns all blocks of a PEM text. Unlike pem.Decode it does not skip a damaged block: an authority or a
// revocation list that is silently missing is worse than an error. A byte order mark at the beginning is ignored.
func blocks(text []byte) ([]*pem.Block, error) {
	var found []*pem.Block
	for _, part := range split(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		block, _ := pem.Decode(part)
		if block == nil {
			return nil, fmt.Errorf("its block %d is damaged", len(found)+1)
		}
		found = append(found, block)
	}
	return found, nil
}

// split splits a text before each line that begins a block. Text before the first block is not part of the result.
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
