package auth

import "testing"

// TestScramPassword has the examples of RFC 4013, and passwords that must be left unchanged.
func TestScramPassword(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, password, want string }{
		{"ascii", "user", "user"},
		{"case is kept", "USER", "USER"},
		{"soft hyphen is removed", "I\u00ADX", "IX"},
		{"compatibility form", "\u00AA", "a"},
		{"roman numeral", "\u2168", "IX"},
		{"control character", "\u0007", "\u0007"},
		{"mixed directions", "\u0627\u0031", "\u0627\u0031"},
		{"one direction", "\u0627\u0031\u0628", "\u0627\u0031\u0628"},
		{"no-break space", "a\u00A0b", "a b"},
		{"zero-width space", "a\u200Bb", "a b"},
		{"composed", "e\u0301", "\u00e9"},
		{"nothing left", "\u00AD", "\u00AD"},
		{"not UTF-8", "a\xffb", "a\xffb"},
		{"not in Unicode 3.2", "\U0001F600\u00AA", "\U0001F600\u00AA"},
		{"prohibited before it is normalized", "a\u0340", "a\u0340"},
	} {
		if got := scramPassword(tc.password); got != tc.want {
			t.Errorf("%s: %q becomes %q, want %q", tc.name, tc.password, got, tc.want)
		}
	}
}
