package pemfiles

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files in testdata/keys are one test key, written by openssl in different formats.
const keyPassword = "correct horse"

func keyFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "keys", name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decrypt(text []byte, password string) ([]byte, error) {
	found, err := blocks(text)
	if err != nil {
		return nil, err
	}
	return decryptKey(found, password)
}

func TestDecryptKey(t *testing.T) {
	t.Parallel()
	plain, _ := pem.Decode(keyFile(t, "plain"))
	for _, name := range []string{
		"plain", "with-parameters", "aes256", "aes192-sha512", "aes128-sha1", "sha384", "des3",
		"legacy-aes256", "legacy-des3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := decrypt(keyFile(t, name), keyPassword)
			if err != nil {
				t.Fatal(err)
			}
			block, rest := pem.Decode(text)
			if block == nil || len(bytes.TrimSpace(rest)) > 0 || !isPrivateKey(block.Type) {
				t.Fatalf("got %s", text)
			}
			if !bytes.Contains(block.Bytes, plain.Bytes[7:39]) { // the private number, the same in PKCS #8 and SEC 1
				t.Error("got a different key")
			}
		})
	}
}

func TestDecryptKeyRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, password, says string }{
		{"aes256", "", "give sslpassword"},
		{"legacy-aes256", "", "give sslpassword"},
		{"aes256", "wrong", "is sslpassword right"},
		{"des3", "wrong", "is sslpassword right"},
		{"legacy-aes256", "wrong", "is sslpassword right"},
		{"scrypt", keyPassword, "not supported"},
		{"pbes1", keyPassword, "not supported"},
	} {
		t.Run(test.name+" "+test.password, func(t *testing.T) {
			t.Parallel()
			text, err := decrypt(keyFile(t, test.name), test.password)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %s, %v; want %q", text, err, test.says)
			}
		})
	}
}

// Any damage to the DER causes an error or yields a key, never a panic.
func TestDecryptPKCS8OfDamagedKeys(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode(keyFile(t, "aes128-sha1"))
	for i := range block.Bytes {
		der := bytes.Clone(block.Bytes)
		der[i] ^= 0x41
		if plain, err := decryptPKCS8(der, keyPassword); err == nil && i < len(der)-1 && len(plain) == 0 {
			t.Errorf("byte %d: no key and no error", i)
		}
		if _, err := decryptPKCS8(der[:i], keyPassword); err == nil {
			t.Errorf("cut at byte %d: no error", i)
		}
	}
}
