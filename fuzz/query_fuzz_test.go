package fuzz

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// FuzzQueryEncoding parses what is sent for a query as a server would. It must be the statement and the arguments,
// and nothing else: no byte of them may end a message, or begin another one. packed contains the arguments: see
// unpack.
func FuzzQueryEncoding(f *testing.F) {
	f.Add("", "SELECT data FROM v_user WHERE id = $1", []byte("\x0142"))
	f.Add("\x00", "", []byte("\xff\x00\x03a'\\\xff"))
	f.Add("Q", "SELECT \x00", []byte("\x02a\x00"))
	f.Fuzz(func(t *testing.T, before, sql string, packed []byte) {
		args := unpack(packed)
		out, err := protocol.AppendQuery([]byte(before), sql, args)
		if checkRefused(t, before, out, err, sql, args) {
			want := []pgproto3.FrontendMessage{
				&pgproto3.Parse{Query: sql}, &pgproto3.Bind{Parameters: args},
				&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}, &pgproto3.Sync{},
			}
			checkReceived(t, out[len(before):], want)
		}
		out, err = protocol.AppendSimpleQuery([]byte(before), sql)
		if checkRefused(t, before, out, err, sql, nil) {
			checkReceived(t, out[len(before):], []pgproto3.FrontendMessage{&pgproto3.Query{String: sql}})
		}
	})
}

// unpack returns the arguments: each is a byte with its length and as many bytes, or 255 for NULL.
func unpack(packed []byte) (args [][]byte) {
	for len(packed) > 0 {
		size := packed[0]
		packed = packed[1:]
		if size == 0xff {
			args = append(args, nil)
			continue
		}
		n := min(int(size), len(packed))
		args = append(args, slices.Clip(packed[:n:n]))
		packed = packed[n:]
	}
	return args
}

// checkRefused checks that there is an error if and only if a text contains a NUL, and reports whether there is a
// message to check.
func checkRefused(t *testing.T, before string, out []byte, err error, sql string, args [][]byte) (sent bool) {
	t.Helper()
	holdsNUL := func(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }
	illegal := strings.Contains(sql, "\x00") || slices.ContainsFunc(args, holdsNUL)
	if err == nil && !illegal {
		if !strings.HasPrefix(string(out), before) {
			t.Fatalf("the text before, %q, has become %q", before, out)
		}
		return true
	}
	var wrong *werr.UsageError
	if !illegal || !errors.As(err, &wrong) || string(out) != before {
		t.Errorf("%q with %q: error %v and %q", sql, args, err, out)
	}
	return false
}

// checkReceived parses messages as a server does.
func checkReceived(t *testing.T, sent []byte, want []pgproto3.FrontendMessage) {
	t.Helper()
	rest := bytes.NewReader(sent)
	server := pgproto3.NewBackend(rest, nil)
	for _, w := range want {
		got, err := server.Receive()
		if err != nil {
			t.Fatalf("%T was not received: %v", w, err)
		}
		if diff := cmp.Diff(normal(w), normal(got)); diff != "" {
			t.Fatalf("(-sent +received):\n%s", diff)
		}
	}
	if m, err := server.Receive(); err == nil {
		t.Errorf("an additional message: %#v", m)
	}
	// The sizes show that nothing is left in the server's buffer.
	var all []byte
	for _, w := range want {
		all, _ = w.Encode(all)
	}
	if !bytes.Equal(all, sent) {
		t.Errorf("sent %q, want %q", sent, all)
	}
}

// normal returns m with absent lists as the decoder returns them.
func normal(m pgproto3.FrontendMessage) pgproto3.FrontendMessage {
	b, ok := m.(*pgproto3.Bind)
	if !ok {
		return m
	}
	n := *b
	n.ParameterFormatCodes, n.ResultFormatCodes = slices.Clip(n.ParameterFormatCodes), slices.Clip(n.ResultFormatCodes)
	if len(n.ParameterFormatCodes) == 0 {
		n.ParameterFormatCodes = nil
	}
	if len(n.ResultFormatCodes) == 0 {
		n.ResultFormatCodes = nil
	}
	if len(n.Parameters) == 0 {
		n.Parameters = nil
	}
	return &n
}
