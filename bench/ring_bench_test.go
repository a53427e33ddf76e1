package bench

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// document is the row of the benchmarks that read nothing.
var document = []byte(`{"id":12345,"name":"a name","tags":["a","b"]}`)

// BenchmarkRing measures the hand-over of rows in chunks, with one goroutine on both sides: slots and counters, without
// waiting.
func BenchmarkRing(b *testing.B) {
	for _, chunk := range []int{1, 16, 256, 1024} {
		b.Run(fmt.Sprintf("rows=%d", chunk), func(b *testing.B) {
			r := ring.New(0)
			var head uint64
			b.ReportAllocs()
			b.SetBytes(int64(chunk * len(document)))
			for b.Loop() {
				slots := r.Free(chunk)
				for i := range slots {
					slots[i] = document
				}
				r.Publish(len(slots))
				for tail := r.Tail(); head < tail; head++ {
					if len(r.At(head)) != len(document) {
						b.Fatal("wrong row")
					}
				}
				r.GiveBack(head)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(head), "ns/row")
		})
	}
}

// BenchmarkRingBetween does the same with the producer in another goroutine: it includes the cost of shared cache
// lines, and of waiting on both sides, here by yielding.
func BenchmarkRingBetween(b *testing.B) {
	for _, chunk := range []int{1, 16, 256, 1024} {
		b.Run(fmt.Sprintf("rows=%d", chunk), func(b *testing.B) {
			const perOp = 1 << 14
			r := ring.New(0)
			var head uint64
			b.ReportAllocs()
			b.SetBytes(perOp * int64(len(document)))
			for b.Loop() {
				go produce(r, chunk, perOp)
				for end := head + perOp; head < end; {
					tail := r.Tail()
					if tail == head {
						runtime.Gosched()
						continue
					}
					for ; head < tail; head++ {
						_ = r.At(head)
					}
					r.GiveBack(head)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(head), "ns/row")
		})
	}
}

func produce(r *ring.Ring, chunk, rows int) {
	for left := rows; left > 0; {
		slots := r.Free(min(chunk, left))
		if len(slots) == 0 {
			runtime.Gosched()
			continue
		}
		for i := range slots {
			slots[i] = document
		}
		r.Publish(len(slots))
		left -= len(slots)
	}
}
