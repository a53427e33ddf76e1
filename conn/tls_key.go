package conn

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// decryptKey gives the first private key of a PEM text without its encryption. There are two kinds of encrypted keys:
// PKCS #8, what openssl writes today, and the older one, with the cipher in the PEM header (RFC 1423).
func decryptKey(text []byte, password string) ([]byte, error) {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("no private key in PEM in it")
		}
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
}

// isPrivateKey: the file may begin with what is none, such as EC PARAMETERS.
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
	//lint:ignore SA1019 insecure by design, and still what old files have
	der, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // as said above
	if err != nil {
		return nil, errBadKeyPassword
	}
	return der, nil
}
