package pemfiles

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // for old keys
	"crypto/pbkdf2"
	"crypto/sha1" // the default of RFC 8018
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
)

// The structures of RFC 5958, section 3 (EncryptedPrivateKeyInfo), and RFC 8018, appendix A (PBES2, PBKDF2).
type (
	encryptedKey struct {
		Scheme pkix.AlgorithmIdentifier
		Data   []byte
	}
	pbes2Params struct {
		Derivation, Cipher pkix.AlgorithmIdentifier
	}
	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// maxKeyIterations bounds the time that a key file can take: about ten seconds.
const maxKeyIterations = 10_000_000

// prfs are the hash functions of the HMACs that PBKDF2 may use, by their object identifiers.
var prfs = map[string]func() hash.Hash{
	"":                    sha1.New,
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
}

// keyCipher is a block cipher in CBC mode.
type keyCipher struct {
	keyLength int // bytes
	block     func(key []byte) (cipher.Block, error)
}

var keyCiphers = map[string]keyCipher{
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
}

var errKeyScheme = errors.New(
	"its encryption is not supported; use PBES2 with PBKDF2 and AES, as written by openssl pkcs8 -topk8 -v2 aes-256-cbc writes")

// decryptPKCS8 decrypts the DER of an ENCRYPTED PRIVATE KEY to that of a PRIVATE KEY.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	if password == "" {
		return nil, errNoKeyPassword
	}
	var encrypted encryptedKey
	var scheme pbes2Params
	var derivation pbkdf2Params
	var iv []byte
	switch {
	case !parses(der, &encrypted):
		return nil, errors.New("its DER does not parse")
	case !encrypted.Scheme.Algorithm.Equal(oidPBES2), !parses(encrypted.Scheme.Parameters.FullBytes, &scheme),
		!scheme.Derivation.Algorithm.Equal(oidPBKDF2), !parses(scheme.Derivation.Parameters.FullBytes, &derivation),
		!parses(scheme.Cipher.Parameters.FullBytes, &iv):
		return nil, errKeyScheme
	case derivation.Iterations < 1 || derivation.Iterations > maxKeyIterations:
		return nil, fmt.Errorf("its key derivation has %d iterations; want 1 to %d",
			derivation.Iterations, maxKeyIterations)
	}
	kind, known := keyCiphers[scheme.Cipher.Algorithm.String()]
	prf, knownPRF := prfs[derivation.PRF.Algorithm.String()]
	if !known || !knownPRF {
		return nil, errKeyScheme
	}
	key, err := pbkdf2.Key(prf, password, derivation.Salt, derivation.Iterations, kind.keyLength)
	if err != nil {
		return nil, err
	}
	block, err := kind.block(key)
	if err != nil {
		return nil, err
	}
	plain, ok := decryptCBC(block, iv, encrypted.Data)
	if !ok {
		return nil, errBadKeyPassword
	}
	if _, err := x509.ParsePKCS8PrivateKey(plain); err != nil {
		return nil, errBadKeyPassword // with one of 256 wrong passwords the padding is valid by chance
	}
	return plain, nil
}

func parses(der []byte, into any) bool {
	rest, err := asn1.Unmarshal(der, into)
	return err == nil && len(rest) == 0
}

// decryptCBC decrypts data and removes the padding (RFC 8018, section 6.1.1).
func decryptCBC(block cipher.Block, iv, data []byte) (plain []byte, ok bool) {
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, false
	}
	plain = make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, false
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, false
		}
	}
	return plain[:len(plain)-padding], true
}
