package fuzz

import (
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// FuzzRow decodes the body of a DataRow and compares with pgproto3: a row is accepted if pgproto3 accepts it, it has
// one column, and nothing follows. An accepted row is a sub-slice of the read buffer that cannot be appended into.
func FuzzRow(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x00\x02{}"))
	f.Add([]byte("\x00\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 32<<10 {
			return // it must fit into one read
		}
		src := &once{bytes: append(binary.BigEndian.AppendUint32([]byte{'D'}, uint32(len(body)+4)), body...)}
		r := protocol.NewReader(src, protocol.Limits{})
		if _, err := r.More(); err != nil {
			t.Fatal(err)
		}
		dst := make([][]byte, 1)
		n, size, _, err := r.Rows(dst, -1)

		var want pgproto3.DataRow
		used := 2
		sound := want.Decode(body) == nil && len(want.Values) == 1
		if sound {
			used += 4 + len(want.Values[0])
		}
		if sound = sound && used == len(body); !sound {
			var wrong *werr.ProtocolError
			if n != 0 || !errors.As(err, &wrong) {
				t.Fatalf("% x: %d rows, %v; want a ProtocolError", body, n, err)
			}
			return
		}
		row := dst[0]
		switch {
		case n != 1 || err != nil:
			t.Fatalf("% x: %d rows, %v; want one", body, n, err)
		case (row == nil) != (want.Values[0] == nil), string(row) != string(want.Values[0]), size != len(row):
			t.Fatalf("% x: %#v of %d bytes, want %#v", body, row, size, want.Values[0])
		case cap(row) != len(row):
			t.Fatalf("capacity %d, length %d", cap(row), len(row))
		case len(row) > 0 && &row[0] != &src.into[11]:
			t.Fatal("the row was copied")
		}
	})
}

// once returns its bytes in one read and records where they were stored.
type once struct{ bytes, into []byte }

func (o *once) Read(p []byte) (int, error) {
	if o.into != nil {
		return 0, io.EOF
	}
	o.into = p
	return copy(p, o.bytes), nil
}
