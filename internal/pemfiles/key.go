package pemfiles

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// decryptKey returns the first private key among blocks, in PEM and without its encryption. There are two kinds of
// encrypted keys: PKCS #8, which openssl writes today, and the older one, with the cipher in the PEM header (RFC 1423).
func decryptKey(found []*pem.Block, password string) ([]byte, error) {
	for _, block := range found {
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY":
			der, err := decryptPKCS8(block.Bytes, password)
			return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
		case block.Headers["DEK-Info"] != "":
			der, err := decryptPEM(block, password)
			return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), err
		case isPrivateKey(block.Type):
			return pem.EncodeToMemory(block), nil
		}
	}
	return nil, errors.New("no private key in PEM")
}

// isPrivateKey reports whether a block is a private key; a key file may begin with another block, such as EC
// PARAMETERS.
func isPrivateKey(blockType string) bool {
	return blockType == "PRIVATE KEY" || blockType == "RSA PRIVATE KEY" || blockType == "EC PRIVATE KEY"
}

var (
	errNoKeyPassword  = errors.New("it is encrypted; give sslpassword")
	errBadKeyPassword = errors.New("it does not decrypt; is sslpassword right?")
)

func decryptPEM(block *pem.Block, password string) ([]byte, error) {
	if password == "" {
		return nil, errNoKeyPassword
	}
	//lint:ignore SA1019 insecure by design, but still used by old files
	der, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // see above
	if err != nil {
		return nil, errBadKeyPassword
	}
	return der, nil
}
