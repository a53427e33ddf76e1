package pemfiles

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
)

// Chain reads a certificate and the chain of its issuers, in PEM.
func Chain(path string) ([]byte, error) {
	found, err := readBlocks(path)
	if err != nil {
		return nil, err
	}
	var chain bytes.Buffer
	for _, block := range found {
		if err := pem.Encode(&chain, block); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return chain.Bytes(), nil
}

// Key reads a private key, whose file must not be accessible to others, and decrypts it; the result is in PEM.
func Key(path, password string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if problem := keyFileProblem(info); problem != "" {
		return nil, fmt.Errorf("%s: %s", path, problem)
	}
	found, err := readBlocks(path)
	if err != nil {
		return nil, err
	}
	key, err := decryptKey(found, password)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}
