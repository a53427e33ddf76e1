package fuzz

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// FuzzErrorResponse prints and classifies an error that a server reports, alone and wrapped. The text must be safe
// for a log and a terminal, whatever the server sends.
func FuzzErrorResponse(f *testing.F) {
	f.Add([]byte("SERROR\x00VERROR\x00C42P01\x00Mrelation \"v\" does not exist\x00P15\x00Hcreate it\x00\x00"))
	f.Add([]byte("SFATAL\x00C57P01\x00M\x1b[2J\n\r\u2028\xff\x00\x00"))
	f.Add([]byte("M" + strings.Repeat("\u0001", 5000) + "\x00\x00"))
	f.Add([]byte("C28P01\x00X?\x00P99999999999\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var d protocol.Decoder
		m, err := d.Decode('E', body)
		if err != nil {
			checkText(t, err.Error())
			return
		}
		reported := protocol.ServerErrorOf(m.(*pgproto3.ErrorResponse))
		if reported.SQLState() != reported.Code {
			t.Errorf("SQLState %q, code %q", reported.SQLState(), reported.Code)
		}
		var wrapped error = &werr.ConnectError{Attempts: []error{&werr.OpError{Op: "host", Err: reported}}}
		for _, err := range []error{reported, wrapped} {
			checkText(t, err.Error())
			var again *werr.ServerError
			if !errors.As(err, &again) || again != reported {
				t.Errorf("the server's error is not wrapped in %v", err)
			}
			want := werr.CategoryServer
			if err == wrapped && strings.HasPrefix(reported.Code, "28") {
				want = werr.CategoryAuth
			}
			if got := werr.CategoryOf(err); got != want {
				t.Errorf("category %q of %v, want %q", got, err, want)
			}
		}
		checkText(t, reported.Redacted())
		reported.AfterRows = true
		if werr.SafeToRetry(reported) {
			t.Errorf("safe to retry after rows: %v", reported)
		}
	})
}

// longestText is the largest length in bytes of an error's text: of a server's text only a limited part is shown, and
// escapes make it at most ten times as long.
const longestText = 64 << 10

// checkText checks that an error's text is one line of printable characters, not empty and not excessively long.
func checkText(t *testing.T, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 || !utf8.ValidString(text) {
		t.Errorf("the text %q contains a character that is not printable", text)
	}
	if text == "" || len(text) > longestText {
		t.Errorf("an error text of %d bytes", len(text))
	}
}
