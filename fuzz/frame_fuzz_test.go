package fuzz

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// FuzzFrames scans a stream as a whole, and again in reads of the sizes in splits: the rows, the messages, and the
// error or end after them must be the same. A split of 0 is a read that times out. A first row of the given size
// moves what follows to any place in a read buffer, including across its end; up to hold rows are in use at a time.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("D\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x017Z\x00\x00\x00\x05I"), []byte{1, 4, 0, 2}, uint32(0), uint8(0))
	f.Add([]byte("D\x00\x00\x00\x0a\x00\x01\xff\xff\xff\xffS\x00\x00\x00\x04"), []byte{3}, uint32(65520), uint8(9))
	f.Fuzz(func(t *testing.T, stream, splits []byte, first uint32, hold uint8) {
		first %= 80_000
		padded := binary.BigEndian.AppendUint32([]byte{'D'}, first+10)
		padded = binary.BigEndian.AppendUint32(append(padded, 0, 1), first)
		padded = append(append(padded, make([]byte, first)...), stream...)

		want, wantErr := scan(t, bytes.NewReader(padded), 0)
		got, gotErr := scan(t, &splitting{rest: padded, first: len(padded) - len(stream), sizes: splits}, int(hold))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-whole +split):\n%s", diff)
		}
		if wantErr != gotErr {
			t.Errorf("ends with %q as a whole, with %q split", wantErr, gotErr)
		}
	})
}

// splitting returns the first bytes, then repeats reads of the given sizes.
type splitting struct {
	rest  []byte
	first int
	sizes []byte
	at    int
}

func (s *splitting) Read(p []byte) (int, error) {
	n := len(p)
	if s.first > 0 {
		n = min(n, s.first)
		s.first -= n
	} else if len(s.sizes) > 0 {
		n = min(n, int(s.sizes[s.at%len(s.sizes)]))
		if s.at++; n == 0 && s.at <= len(s.sizes) {
			return 0, os.ErrDeadlineExceeded
		}
		n = max(n, 1)
	}
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n = copy(p[:n], s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// seen is a row or a message.
type seen struct {
	Type byte
	Null bool
	Data string
}

// scan reads a stream to its end, with up to hold rows in use, which must not change until they are given back.
func scan(t *testing.T, src io.Reader, hold int) (all []seen, end string) {
	t.Helper()
	limits := protocol.Limits{Row: 1 << 17, Message: 1 << 10}
	r := protocol.NewReader(src, limits)
	var inUse [][]byte
	var copies []string
	freed := uint64(0)
	release := func(n int) {
		for i, row := range inUse[:n] {
			if string(row) != copies[i] {
				t.Fatalf("a row in use changed from %q to %q", copies[i], row)
			}
		}
		inUse, copies = inUse[n:], copies[n:]
		freed += uint64(n)
		r.Free(freed)
	}
	dst := make([][]byte, 4)
	for {
		n, _, next, err := r.Rows(dst, -1)
		for _, row := range dst[:n] {
			all = append(all, seen{Type: 'D', Null: row == nil, Data: string(row)})
			inUse, copies = append(inUse, row), append(copies, string(row))
		}
		release(max(0, len(inUse)-hold))
		if err != nil {
			return all, err.Error()
		}
		switch next {
		case protocol.Message:
			typ, body, ok, err := r.Message()
			if err != nil {
				t.Fatalf("no message where Rows saw one: %v", err)
			}
			if !ok { // its texts are truncated while it is read
				if _, err := r.More(); err != nil && err != os.ErrDeadlineExceeded {
					release(len(inUse))
					return all, err.Error()
				}
				continue
			}
			if len(body) > limits.Message {
				t.Errorf("a body of %d bytes above the limit of %d", len(body), limits.Message)
			}
			all = append(all, seen{Type: typ, Data: string(body)})
		case protocol.NeedMore:
			if _, err := r.More(); err != nil && err != os.ErrDeadlineExceeded {
				release(len(inUse))
				return all, err.Error()
			}
		}
	}
}
