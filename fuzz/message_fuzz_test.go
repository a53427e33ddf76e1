package fuzz

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// FuzzMessages decodes any message. If it decodes, encoding and decoding it again yields the same message; if not,
// the error is a ProtocolError with the type. The errors and tags made from it must not panic. And pgproto3's
// Frontend, an independent implementation, must decode the same bytes to the same message.
func FuzzMessages(f *testing.F) {
	f.Add(byte('Z'), []byte("I"))
	f.Add(byte('E'), []byte("SERROR\x00C42601\x00Mno\x00P8\x00\x00"))
	f.Add(byte('v'), []byte("\x00\x00\x00\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		var d, again protocol.Decoder
		m, err := d.Decode(typ, body)
		if err != nil {
			var wrong *werr.ProtocolError
			if !errors.As(err, &wrong) || wrong.Message != typ || err.Error() == "" {
				t.Fatalf("error %T %v, want a ProtocolError for %q", err, err, typ)
			}
			return
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			_ = protocol.ServerErrorOf(m).Error()
		case *pgproto3.NoticeResponse:
			_ = protocol.NoticeOf(m).Error()
		case *pgproto3.CommandComplete:
			if tag := protocol.ParseTag(m.CommandTag); tag.Count > 0 && !tag.HasCount {
				t.Fatalf("tag %q: %+v", m.CommandTag, tag)
			}
		}
		encoded, err := m.Encode(nil)
		if err != nil {
			t.Fatalf("%#v does not encode: %v", m, err)
		}
		if encoded[0] != typ {
			t.Fatalf("%#v was received as %q and is encoded as %q", m, typ, encoded[0])
		}
		twice, err := again.Decode(typ, encoded[5:])
		if err != nil {
			t.Fatalf("%#v, encoded to % x, does not decode again: %v", m, encoded, err)
		}
		if diff := cmp.Diff(m, twice, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-decoded +again):\n%s", diff)
		}
		checkFrontend(t, typ, body, m)
	})
}

// checkFrontend checks that pgproto3 decodes the frame to m.
func checkFrontend(t *testing.T, typ byte, body []byte, m pgproto3.BackendMessage) {
	t.Helper()
	if _, foreign := m.(*protocol.AuthenticationForeign); foreign {
		return // pgproto3 has no message for it
	}
	got, err := pgproto3.NewFrontend(bytes.NewReader(appendFrame(nil, typ, body)), nil).Receive()
	if err != nil {
		t.Fatalf("%#v was accepted, but pgproto3 returns %v", m, err)
	}
	if diff := cmp.Diff(m, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-ours +pgproto3's):\n%s", diff)
	}
}
