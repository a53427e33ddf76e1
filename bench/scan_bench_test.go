package bench

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// repeating returns frames forever, a fixed number of bytes per read, so that frames are cut at any point.
type repeating struct {
	frames []byte
	at     int
	size   int
}

func newRepeating(size, read int) *repeating {
	f := frame(size)
	return &repeating{frames: bytes.Repeat(f, max(1, 256<<10/len(f))), size: read}
}

func (s *repeating) Read(p []byte) (int, error) {
	p = p[:min(len(p), s.size)]
	n := copy(p, s.frames[s.at:])
	if s.at += n; s.at == len(s.frames) {
		s.at = 0
	}
	return n, nil
}

// BenchmarkScan measures the path from a read to rows that are given back, with frames cut at any point: the copy from
// the source stands for the kernel's. Reads of 8 KiB are as a server writes them; larger ones are what accumulates
// while a program is busy. With hold, that many rows stay in use, so that slabs alternate.
func BenchmarkScan(b *testing.B) {
	for _, size := range rowSizes {
		for _, read := range []int{8 << 10, 256 << 10} {
			for _, hold := range []int{0, 100} {
				name := fmt.Sprintf("size=%d/read=%dKiB/hold=%d", size, read>>10, hold)
				b.Run(name, func(b *testing.B) { scan(b, newRepeating(size, read), uint64(hold)) })
			}
		}
	}
}

func scan(b *testing.B, src *repeating, hold uint64) {
	r := protocol.NewReader(src, protocol.Limits{})
	dst := make([][]byte, 1024)
	var total, size uint64
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.More(); err != nil {
			b.Fatal(err)
		}
		for {
			n, bytes, next, err := r.Rows(dst, -1)
			if err != nil {
				b.Fatal(err)
			}
			size += uint64(bytes)
			if total += uint64(n); total > hold {
				r.Free(total - hold)
			}
			if next == protocol.NeedMore {
				break
			}
		}
	}
	b.SetBytes(int64(size) / int64(b.N))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(total, 1)), "ns/row")
}
