package protocol_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// fieldsOf is the body of an ErrorResponse: each string is a code and its text.
func fieldsOf(all ...string) string { return strings.Join(all, "\x00") + "\x00\x00" }

// readMessage reads the message that a source begins with, by the given way of looking at rows.
func readMessage(t *testing.T, r *protocol.Reader, look func() (protocol.Stop, error)) (typ byte, body []byte) {
	t.Helper()
	for {
		stop, err := look()
		if err != nil {
			t.Fatal(err)
		}
		if stop == protocol.Message {
			typ, body, ok, err := r.Message()
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				return typ, body
			}
		}
		if _, err := r.More(); err != nil {
			t.Fatal(err)
		}
	}
}

// A long text is cut, the fields behind it are kept, and what follows the message is read as ever: with every way of
// looking at what is in front, and however the bytes come.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	const limit = 200
	long := strings.Repeat("x", 2_000)
	for _, tt := range []struct {
		name, body, want string
	}{
		{"message", fieldsOf("SERROR", "CP0001", "M"+long, "D"+long, "W"+long, "P7"),
			fieldsOf("SERROR", "CP0001", "M"+long[:90], "D"+long[:44], "W"+long[:21], "P7")},
		{"message before the code", fieldsOf("M"+long, "CP0001"), fieldsOf("M"+long[:97], "CP0001")},
		{"characters", fieldsOf("M" + strings.Repeat("ä€", 1000)), fieldsOf("M" + strings.Repeat("ä€", 19) + "ä")},
		{"not UTF-8", fieldsOf("M" + strings.Repeat("\xff", 1000)), fieldsOf("M" + strings.Repeat("\xff", 97))},
		{"continuations alone", fieldsOf("M" + strings.Repeat("\x80", 1000)), fieldsOf("M" + strings.Repeat("\x80", 97))},
		{"many fields", fieldsOf(strings.Split(strings.Repeat("Mx ", 1000), " ")[:1000]...), ""},
		{"many empty fields", fieldsOf(strings.Split(strings.Repeat("M ", 1000), " ")[:1000]...), ""},
		{"just above", fieldsOf("M" + long[:194]), fieldsOf("M" + long[:97])},
	} {
		for name, sizes := range map[string][]int{"whole": nil, "bytes": repeated(1, 20_000), "sevens": repeated(7, 3_000)} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				stream := appendRow(appendFrame(appendFrame(nil, 'E', tt.body), 'N', tt.body), "after")
				for way, look := range map[string]func(r *protocol.Reader) func() (protocol.Stop, error){
					"Rows": func(r *protocol.Reader) func() (protocol.Stop, error) {
						return func() (protocol.Stop, error) {
							n, _, stop, err := r.Rows(make([][]byte, 1), -1)
							if n > 0 {
								t.Error("a row before the messages")
							}
							return stop, err
						}
					},
					"Skip": func(r *protocol.Reader) func() (protocol.Stop, error) { return r.Skip },
					"Message": func(*protocol.Reader) func() (protocol.Stop, error) {
						return func() (protocol.Stop, error) { return protocol.Message, nil }
					},
				} {
					r := protocol.NewReader(&source{rest: stream, sizes: append([]int(nil), sizes...)}, protocol.Limits{Message: limit})
					for _, want := range []byte{'E', 'N'} {
						typ, body := readMessage(t, r, look(r))
						if typ != want || tt.want != "" && string(body) != tt.want {
							t.Errorf("%s: %q, want %q:\n%s", way, typ, want, cmp.Diff(tt.want, string(body)))
						}
						if len(body) > limit-4 || !wellFormed(typ, body) {
							t.Errorf("%s: %d bytes, %q", way, len(body), body)
						}
					}
					dst := make([][]byte, 1)
					for n := 0; n == 0; {
						var err error
						if n, _, _, err = r.Rows(dst, -1); n == 0 && err == nil {
							_, err = r.More()
						}
						if err != nil {
							t.Fatal(err)
						}
					}
					if string(dst[0]) != "after" {
						t.Errorf("%s: %q follows", way, dst[0])
					}
				}
			})
		}
	}
}

func wellFormed(typ byte, body []byte) bool {
	_, err := new(protocol.Decoder).Decode(typ, body)
	return err == nil
}

func repeated(size, times int) []int {
	sizes := make([]int, times)
	for i := range sizes {
		sizes[i] = size
	}
	return sizes
}

// Cutting hides nothing that is wrong with a message.
func TestLongTextsThatAreMalformed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	for name, body := range map[string]string{
		"the list does not end":      "M" + long + "\x00",
		"the text does not end":      "M" + long,
		"bytes behind the list":      "M" + long + "\x00\x00y",
		"a list behind the list":     "M" + long + "\x00\x00M" + long + "\x00\x00",
		"zeros behind the list":      "M" + long + "\x00\x00\x00\x00",
		"a short list, and then all": "\x00" + long,
		"no end behind many fields":  strings.Repeat("Mx\x00", 500),
	} {
		r := protocol.NewReader(bytes.NewReader(appendFrame(nil, 'E', body)), protocol.Limits{Message: 100})
		typ, cut := readMessage(t, r, r.Skip)
		if len(cut) > 100 || wellFormed(typ, cut) {
			t.Errorf("%s: %q is well formed", name, cut)
		}
	}
}

// The default limit, and the SQLSTATE behind it; a notice that only claims to be long costs nothing.
func TestLongTextKeepsTheCode(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 1<<20)
	body, err := (&pgproto3.ErrorResponse{Severity: "ERROR", Code: "P0001", Message: long, Detail: long, Where: long, Position: 7,
		Routine: "exec_stmt_raise"}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := protocol.NewReader(bytes.NewReader(body), protocol.Limits{})
	typ, cut := readMessage(t, r, r.Skip)
	m, err := new(protocol.Decoder).Decode(typ, cut)
	if err != nil {
		t.Fatal(err)
	}
	e := protocol.ServerErrorOf(m.(*pgproto3.ErrorResponse))
	if e.Code != "P0001" || e.Position != 7 || e.Routine != "exec_stmt_raise" {
		t.Errorf("SQLSTATE %q, position %d, routine %q", e.Code, e.Position, e.Routine)
	}
	for name, text := range map[string]string{"message": e.Message, "detail": e.Detail, "where": e.Where} {
		if len(text) < 1<<16 || len(text) > protocol.DefaultMessageLimit || !utf8.ValidString(text) {
			t.Errorf("the %s has %d bytes, valid UTF-8: %t", name, len(text), utf8.ValidString(text))
		}
	}
	if got := r.Buffered(); got != 0 {
		t.Errorf("%d bytes are left", got)
	}
}

// FuzzLongText: whatever a long message is, its cut form is as well formed as it is, within the limit, and each field
// of it begins as the one that came.
func FuzzLongText(f *testing.F) {
	f.Add([]byte(fieldsOf("SERROR", "CP0001", "M"+strings.Repeat("x", 300))), uint8(40), uint8(3))
	f.Add([]byte("M\xe2\x82\x00\x00"), uint8(1), uint8(1))
	f.Fuzz(func(t *testing.T, body []byte, limit, size uint8) {
		limits := protocol.Limits{Message: int(limit) + 4}
		if len(body)+4 <= limits.Message {
			return
		}
		frame := binary.BigEndian.AppendUint32([]byte{'N'}, uint32(len(body)+4))
		frame = append(append(frame, body...), "Z\x00\x00\x00\x05I"...)
		r := protocol.NewReader(&source{rest: frame, sizes: repeated(int(size)+1, len(frame))}, limits)
		typ, cut := readMessage(t, r, r.Skip)
		if len(cut) > int(limit)+1 { // one byte may stand for what follows the list
			t.Errorf("%d bytes, the limit is %d", len(cut), limit)
		}
		// A limit without room for one field leaves nothing to compare.
		if sound := wellFormed(typ, body); limit > 3 && sound != wellFormed(typ, cut) {
			t.Errorf("%q is well formed: %t; cut to %q: %t", body, sound, cut, !sound)
		}
		whole, parts := bytes.Split(body, []byte{0}), bytes.Split(cut, []byte{0})
		for i, part := range parts[:max(0, min(len(parts), len(whole))-2)] {
			if !bytes.HasPrefix(whole[i], part) {
				t.Errorf("field %d is %q, which %q does not begin with", i, part, whole[i])
			}
		}
		if typ, body := readMessage(t, r, r.Skip); typ != 'Z' || string(body) != "I" {
			t.Errorf("%q %q follows", typ, body)
		}
	})
}
