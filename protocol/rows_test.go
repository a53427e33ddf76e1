package protocol_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

func TestMalformedFrames(t *testing.T) {
	t.Parallel()
	limits := protocol.Limits{Row: 1000, Message: 100}
	tests := []struct {
		name   string
		frame  string
		typ    byte
		detail string
		at     int // bytes of the frame after which it must be refused
	}{
		{"row length zero", "D\x00\x00\x00\x00", 'D', "below 4", 5},
		{"row length three", "D\x00\x00\x00\x03", 'D', "below 4", 5},
		{"row length negative", "D\xff\xff\xff\xff", 'D', "below 4", 5},
		{"row above the limit", "D\x00\x00\x03\xe9", 'D', "above the limit of 1000", 5},
		{"row far above the limit", "D\x7f\xff\xff\xff", 'D', "above the limit of 1000", 5},
		{"row without a count", "D\x00\x00\x00\x04", 'D', "too short", 5},
		{"row without columns", "D\x00\x00\x00\x06\x00\x00", 'D', "too short", 5},
		{"row of no column and more", "D\x00\x00\x00\x0a\x00\x00\x00\x00\x00\x00", 'D', "0 columns", 11},
		{"row of two columns", "D\x00\x00\x00\x0e\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff", 'D', "2 columns", 11},
		{"row of 257 columns", "D\x00\x00\x00\x0a\x01\x01\xff\xff\xff\xff", 'D', "257 columns", 11},
		{"value longer than its row", "D\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x02x", 'D', "value of 2 bytes", 11},
		{"value shorter than its row", "D\x00\x00\x00\x0c\x00\x01\x00\x00\x00\x01xx", 'D', "value of 1 bytes", 11},
		{"value of -2", "D\x00\x00\x00\x0a\x00\x01\xff\xff\xff\xfe", 'D', "value of -2 bytes", 11},
		{"NULL with bytes", "D\x00\x00\x00\x0b\x00\x01\xff\xff\xff\xffx", 'D', "value of -1 bytes", 11},
		{"a sum that wraps", "D\x00\x00\x00\x04\x00\x01\xff\xff\xff\xfa", 'D', "too short", 5},
		{"message length zero", "Z\x00\x00\x00\x00", 'Z', "below 4", 5},
		{"message above the limit", "S\x00\x00\x00\x65", 'S', "above the limit of 100", 5},
		{"error of 2 GiB", "E\x7f\xff\xff\xff", 'E', "above the limit of 1073741824", 5},
		{"notice of a negative length", "N\x80\x00\x00\x00", 'N', "below 4", 5},
		{"an answer of HTTP", "HTTP/1.1 400 Bad Request\r\n", 'H', "above the limit of 100", 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for n := range len(test.frame) + 1 {
				stream := append(appendRow(nil, "before"), test.frame[:n]...)
				r := protocol.NewReader(bytes.NewReader(stream), limits)
				if _, err := r.More(); err != nil {
					t.Fatal(err)
				}
				dst := make([][]byte, 4)
				rows, size, next, err := r.Rows(dst, -1)
				if rows != 1 || size != 6 || string(dst[0]) != "before" {
					t.Fatalf("after %d bytes: %d rows of %d bytes, want the one before", n, rows, size)
				}
				if n < test.at {
					if err != nil || next != protocol.NeedMore {
						t.Fatalf("after %d bytes: %v, %v, want to wait", n, next, err)
					}
					continue
				}
				for range 2 { // it comes again at each call
					var wrong *werr.ProtocolError
					if !errors.As(err, &wrong) {
						t.Fatalf("after %d bytes: %v, %v, want a ProtocolError", n, next, err)
					}
					if wrong.Message != test.typ || !strings.Contains(wrong.Detail, test.detail) {
						t.Fatalf("after %d bytes: %+v, want %q, %q", n, wrong, test.typ, test.detail)
					}
					if rows, _, next, err = r.Rows(dst, -1); rows != 0 {
						t.Fatalf("%d rows after the error", rows)
					}
				}
			}
		})
	}
}

// Message and Skip check lengths as Rows does.
func TestLimitsHoldForEveryScan(t *testing.T) {
	t.Parallel()
	limits := protocol.Limits{Row: 1000, Message: 100}
	for _, frame := range []string{"D\x00\x00\x00\x03", "D\x00\x00\x03\xe9", "Z\x00\x00\x00\x00", "S\x00\x00\x00\x65"} {
		r := protocol.NewReader(strings.NewReader(frame), limits)
		if _, err := r.More(); err != nil {
			t.Fatal(err)
		}
		var wrong *werr.ProtocolError
		if typ, _, ok, err := r.Message(); ok || !errors.As(err, &wrong) {
			t.Errorf("%q: Message %q, %t, %v, want a ProtocolError", frame, typ, ok, err)
		}
		if next, err := r.Skip(); !errors.As(err, &wrong) {
			t.Errorf("%q: Skip %v, %v, want a ProtocolError", frame, next, err)
		}
	}
}

func TestLimitsAreInclusive(t *testing.T) {
	t.Parallel()
	stream := appendRow(nil, strings.Repeat("x", 990))
	stream = appendFrame(stream, 'N', strings.Repeat("x", 96))
	r := protocol.NewReader(bytes.NewReader(stream), protocol.Limits{Row: 1000, Message: 100})
	if _, err := r.More(); err != nil {
		t.Fatal(err)
	}
	dst := make([][]byte, 2)
	if n, size, next, err := r.Rows(dst, -1); n != 1 || size != 990 || next != protocol.Message || err != nil {
		t.Fatalf("%d rows of %d bytes, %v, %v", n, size, next, err)
	}
	if _, body, ok, err := r.Message(); len(body) != 96 || !ok || err != nil {
		t.Fatalf("message of %d bytes, %t, %v", len(body), ok, err)
	}
}

// The room is checked row by row, at the header: before the body is there.
func TestRoom(t *testing.T) {
	t.Parallel()
	stream := appendRow(nil, "12345")
	stream = append(stream, nullRow...)
	stream = appendRow(stream, "123")
	stream = appendRow(stream, "1234567")
	whole := len(stream)
	stream = stream[:whole-7] // the last row's header only
	tests := []struct {
		room       int
		rows, size int
		next       protocol.Stop
		need       int
	}{
		{-1, 3, 8, protocol.NeedMore, 0},
		{100, 3, 8, protocol.NeedMore, 0},
		{15, 3, 8, protocol.NeedMore, 0},
		{14, 3, 8, protocol.NoRoom, 7},
		{8, 3, 8, protocol.NoRoom, 7},
		{7, 2, 5, protocol.NoRoom, 3},
		{5, 2, 5, protocol.NoRoom, 3},
		{4, 0, 0, protocol.NoRoom, 5},
		{0, 0, 0, protocol.NoRoom, 5},
	}
	for _, test := range tests {
		r := protocol.NewReader(bytes.NewReader(stream), protocol.Limits{})
		if _, err := r.More(); err != nil {
			t.Fatal(err)
		}
		dst := make([][]byte, 8)
		n, size, next, err := r.Rows(dst, test.room)
		if n != test.rows || size != test.size || next != test.next || r.Need() != test.need || err != nil {
			t.Errorf("room %d: %d rows, %d bytes, %v, need %d, %v; want %+v", test.room, n, size, next, r.Need(), err, test)
		}
	}
}

func TestRowsAreSubSlices(t *testing.T) {
	t.Parallel()
	stream := appendRow(nil, "first")
	stream = appendRow(stream, "")
	stream = append(stream, nullRow...)
	stream = appendRow(stream, "last")
	r := protocol.NewReader(bytes.NewReader(stream), protocol.Limits{})
	if _, err := r.More(); err != nil {
		t.Fatal(err)
	}
	dst := make([][]byte, 4)
	if n, _, next, err := r.Rows(dst, -1); n != 4 || next != protocol.DstFull || err != nil {
		t.Fatal(n, next, err)
	}
	if diff := cmp.Diff([][]byte{[]byte("first"), {}, nil, []byte("last")}, dst); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_ = append(dst[0], "overwritten"...)
	_ = append(dst[1], "overwritten"...)
	if string(dst[3]) != "last" {
		t.Errorf("appending to a row changed another one to %q", dst[3])
	}
}

func TestSkip(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 3*protocol.LargeSlab)
	var stream []byte
	for range 5 {
		stream = appendRow(stream, "small")
		stream = appendRow(stream, big)
		stream = append(stream, nullRow...)
	}
	stream = appendFrame(stream, 'C', "SELECT 15\x00")
	stream = appendRow(stream, "after")
	for _, size := range []int{1000, 4097, 1 << 20} {
		src := &source{rest: stream}
		for range len(stream) / size {
			src.sizes = append(src.sizes, size)
		}
		r := protocol.NewReader(src, protocol.Limits{})
		var next protocol.Stop
		for next != protocol.Message {
			if _, err := r.More(); err != nil {
				t.Fatal(err)
			}
			var err error
			if next, err = r.Skip(); err != nil {
				t.Fatal(err)
			}
			if rows, _, _, err := r.Rows(make([][]byte, 1), -1); next == protocol.NeedMore && (rows != 0 || err != nil) {
				t.Fatalf("%d rows, %v in the middle of a skipped row", rows, err)
			}
			if got := r.Capacity(); got > 2*protocol.LargeSlab {
				t.Fatalf("%d bytes are kept for rows that nobody wants", got)
			}
		}
		if typ, body, ok, err := r.Message(); typ != 'C' || string(body) != "SELECT 15\x00" || !ok || err != nil {
			t.Fatalf("message %q %q, %t, %v", typ, body, ok, err)
		}
	}
}

func TestNextString(t *testing.T) {
	t.Parallel()
	for next, want := range map[protocol.Stop]string{
		protocol.NeedMore: "need more", protocol.DstFull: "destination full", protocol.NoRoom: "no room",
		protocol.Message: "message", 77: "unknown",
	} {
		if got := next.String(); got != want {
			t.Errorf("%d is %q, want %q", next, got, want)
		}
	}
}
