package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// rowSizes are the sizes of a row's value, in bytes.
var rowSizes = []int{100, 1 << 10, 10 << 10}

// frame is a DataRow with one value of the given size.
func frame(size int) []byte {
	b := binary.BigEndian.AppendUint32([]byte{'D'}, uint32(size+10))
	b = binary.BigEndian.AppendUint32(append(b, 0, 1), uint32(size))
	return append(b, bytes.Repeat([]byte{'7'}, size)...)
}

// still returns the same whole frames at each Read, and copies them only if they are not in the buffer already, so that
// a read costs next to nothing.
type still struct {
	frames []byte
	filled *byte
}

func newStill(size, most int) *still {
	f := frame(size)
	return &still{frames: bytes.Repeat(f, most/len(f))}
}

func (s *still) Read(p []byte) (int, error) {
	if s.filled != &p[0] {
		s.filled = &p[0]
		copy(p, s.frames)
	}
	return len(s.frames), nil
}

// BenchmarkRow measures only the decoding of rows, from a read buffer that is in the cache: no read, no copy.
func BenchmarkRow(b *testing.B) {
	for _, size := range rowSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			src := newStill(size, 32<<10)
			perRead := len(src.frames) / (size + 11)
			r := protocol.NewReader(src, protocol.Limits{})
			dst := make([][]byte, perRead)
			var total uint64
			b.ReportAllocs()
			b.SetBytes(int64(len(src.frames)))
			for b.Loop() {
				if _, err := r.More(); err != nil {
					b.Fatal(err)
				}
				n, _, _, err := r.Rows(dst, -1)
				if n != perRead || err != nil {
					b.Fatal(n, err)
				}
				total += uint64(n)
				r.Free(total)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/row")
		})
	}
}

// BenchmarkRowByDataRow does the same with pgproto3's DataRow.Decode, for comparison.
func BenchmarkRowByDataRow(b *testing.B) {
	for _, size := range rowSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			src := newStill(size, 32<<10)
			rows := 0
			b.ReportAllocs()
			b.SetBytes(int64(len(src.frames)))
			var row pgproto3.DataRow
			for b.Loop() {
				for rest := src.frames; len(rest) > 0; rows++ {
					total := 1 + int(binary.BigEndian.Uint32(rest[1:]))
					if err := row.Decode(rest[5:total]); err != nil {
						b.Fatal(err)
					}
					rest = rest[total:]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
		})
	}
}
