package integration_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// blankRoles are roles whose passwords are hard to write into a password file, with their passwords as SQL.
var blankRoles = map[string]string{
	"wire_blank":     `'blank '`,
	"wire_blanks":    `'  two blanks  '`,
	"wire_tab":       `E'tab\t'`,
	"wire_colon":     `'a:b'`,
	"wire_backslash": `E'a\\b\\'`,
}

func makeBlankRoles(t *testing.T, url string) {
	t.Helper()
	c := testbed.Connect(t, url)
	for role, password := range blankRoles {
		testbed.Execute(t, c, "DROP ROLE IF EXISTS "+role)
		testbed.Execute(t, c, "CREATE ROLE "+role+" LOGIN PASSWORD "+password)
	}
}

// writeAuthorities writes the authority of ca.crt in other formats.
func writeAuthorities(t *testing.T, dir string) {
	t.Helper()
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	ca, other := read("ca.crt"), read("other-ca.crt")
	damaged := bytes.Replace(other, []byte("M"), []byte("?"), 1) // all DER begins with M in base64
	for name, text := range map[string][]byte{
		"ca-both.crt":    join(other, ca),
		"ca-crlf.crt":    bytes.ReplaceAll(ca, []byte("\n"), []byte("\r\n")),
		"ca-old.crt":     bytes.ReplaceAll(ca, []byte(" CERTIFICATE"), []byte(" X509 CERTIFICATE")),
		"ca-trusted.crt": bytes.ReplaceAll(ca, []byte(" CERTIFICATE"), []byte(" TRUSTED CERTIFICATE")),
		"ca-text.crt":    join([]byte("our authority:\n"), ca, []byte("and that is all\n")),
		"ca-mark.crt":    join([]byte("\ufeff"), ca),
		"ca-damaged.crt": join(ca, damaged),
		"ca-cut.crt":     join(ca, other[:len(other)/2]),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
