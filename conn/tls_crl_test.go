package conn

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRevocation(t *testing.T) {
	t.Parallel()
	later, before := time.Now().Add(30*time.Minute), time.Now().Add(-time.Minute)
	root := issue(t, nil, authority)
	middle := issue(t, root, authority)
	impostor := issue(t, nil, authority)
	impostor.certificate.RawSubject, impostor.certificate.Subject = root.certificate.RawSubject, root.certificate.Subject
	direct := issue(t, root, serverFor("db.example"))
	indirect := issue(t, middle, serverFor("db.example"))
	other := issue(t, root, serverFor("db.example"))
	for _, test := range []struct {
		name   string
		server *issued
		lists  [][]byte
		says   string // empty: accepted
	}{
		{"not in the list", direct, [][]byte{root.revokes(t, later, other)}, ""},
		{"revoked", direct, [][]byte{root.revokes(t, later, other, direct)}, "is revoked"},
		{"revoked by one list of two", direct,
			[][]byte{root.revokes(t, later), root.revokes(t, later, direct)}, "is revoked"},
		{"intermediate, both lists", indirect, [][]byte{root.revokes(t, later), middle.revokes(t, later)}, ""},
		{"revoked by the intermediate", indirect,
			[][]byte{root.revokes(t, later), middle.revokes(t, later, indirect)}, "is revoked"},
		{"intermediate revoked", indirect, [][]byte{root.revokes(t, later, middle), middle.revokes(t, later)}, "is revoked"},
		{"a list is missing", indirect, [][]byte{root.revokes(t, later)}, "no current revocation list"},
		{"the root's list is missing", indirect, [][]byte{middle.revokes(t, later)}, "no current revocation list"},
		{"out of date", direct, [][]byte{root.revokes(t, before)}, "no current revocation list"},
		{"out of date and revoked", direct, [][]byte{root.revokes(t, before, direct)}, "is revoked"},
		{"not yet", direct, [][]byte{root.revokes(t, later.Add(2*time.Hour), other)}, "no current revocation list"},
		{"signed by another", direct, [][]byte{impostor.revokes(t, later)}, "no current revocation list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			crlDir, home := t.TempDir(), t.TempDir()
			for i, list := range test.lists {
				writeFile(t, filepath.Join(crlDir, string(rune('a'+i))), list)
			}
			writeFile(t, filepath.Join(home, ".postgresql", "root.crl"), test.lists...)
			rootFile := file(t, root.pem())
			for where, c := range map[string]*Config{
				"sslcrl":    {SSLCRL: file(t, test.lists...)},
				"sslcrldir": {SSLCRLDir: crlDir},
				"default":   {},
			} {
				c.SSLMode, c.SSLRootCert = SSLVerifyFull, rootFile
				dir := home
				if where != "default" {
					dir = t.TempDir()
				}
				_, _, err := shake(t, c, Host{Name: "db.example"}, dir, test.server.serves())
				if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: got %v, want %q", where, err, test.says)
				}
			}
		})
	}
}

// If sslcrldir is set, the default file is not used.
func TestRevocationDirectoryAlone(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, authority)
	server := issue(t, root, serverFor("db.example"))
	home, crlDir := t.TempDir(), t.TempDir()
	later := time.Now().Add(30 * time.Minute)
	writeFile(t, filepath.Join(home, ".postgresql", "root.crl"), root.revokes(t, later, server))
	writeFile(t, filepath.Join(crlDir, "1.r0"), root.revokes(t, later))
	c := &Config{SSLMode: SSLVerifyCA, SSLRootCert: file(t, root.pem()), SSLCRLDir: crlDir}
	if _, _, err := shake(t, c, Host{Name: "db.example"}, home, server.serves()); err != nil {
		t.Error(err)
	}
}
