package protocol_test

import (
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// A Reader that rests between two frames holds no buffer. Within a frame it keeps what has come. Either way nothing
// is lost.
func TestReaderRests(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"small": 100, "a slab": protocol.SmallSlab, "above a slab": protocol.LargeSlab} {
		value := strings.Repeat("x", size)
		frame := appendRow(nil, value)
		for _, cut := range []int{len(frame), 1, len(frame) / 2, len(frame) - 1} {
			src := &source{rest: append(frame, frame...), sizes: []int{cut}}
			r := protocol.NewReader(src, protocol.Limits{})
			seen := uint64(0)
			take := func() {
				dst := make([][]byte, 1)
				for {
					n, _, next, err := r.Rows(dst, -1)
					if err != nil || n == 1 && string(dst[0]) != value {
						t.Fatalf("%s, cut at %d: row %d is wrong, or %v", name, cut, seen, err)
					}
					seen += uint64(n)
					r.Free(seen)
					if next == protocol.NeedMore {
						return
					}
				}
			}
			for len(src.sizes) > 0 {
				more(t, r)
				take()
			}
			r.Rest()
			if held := r.Capacity(); (held == 0) != (cut == len(frame)) {
				t.Errorf("%s, cut at %d: a Reader at rest holds %d bytes", name, cut, held)
			}
			for seen < 2 {
				more(t, r)
				take()
			}
			r.Rest()
			if held := r.Capacity(); held != 0 {
				t.Errorf("%s, cut at %d: in the end it holds %d bytes", name, cut, held)
			}
		}
	}
}

// What a message brought does not keep the buffer alive in which it came.
func TestDecoderForgets(t *testing.T) {
	t.Parallel()
	var d protocol.Decoder
	decode := func(typ byte, body string) {
		t.Helper()
		if _, err := d.Decode(typ, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	decode('T', "\x00\x01data\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0e\xda\xff\xff\xff\xff\xff\xff\x00\x00")
	decode('C', "SELECT 1\x00")
	d.Forget()
	if kept := d.Aliased(); kept != 0 {
		t.Errorf("%d bytes are still known", kept)
	}
}
