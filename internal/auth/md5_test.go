package auth

import "testing"

// TestMD5Password compares with values computed by PostgreSQL's function md5.
func TestMD5Password(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		user, password string
		salt           [4]byte
		want           string
	}{
		{"alice", "secret", [4]byte{1, 2, 3, 4}, "md598a0412b9c31436fc53776e863350083"},
		{"jürgen", "pa ß", [4]byte{0, 0xff, 0, 0x80}, "md54e3fe2afc82b46085a074e65b6afac43"},
	} {
		if got := md5Password(tc.user, tc.password, tc.salt); got != tc.want {
			t.Errorf("user %q: %s, want %s", tc.user, got, tc.want)
		}
	}
}
