package bench

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
	"github.com/jackc/pgx/v5/pgproto3"
)

// BenchmarkInstead measures what a row would cost in addition if one of these were done for it. The library does not do
// them, or only once per read.
func BenchmarkInstead(b *testing.B) {
	set := vm.NewSet()
	histogram, counter := set.NewHistogram("row_bytes"), set.NewCounter("rows_total")
	row := bytes.Repeat([]byte{'7'}, 120)
	body := frame(len(row))[5:]
	var decoded pgproto3.DataRow
	instead := []struct {
		name string
		do   func()
	}{
		{"copy", func() { kept = bytes.Clone(row) }},
		{"clock", func() { looked = time.Now() }},
		{"histogram", func() { histogram.Update(float64(len(row))) }},
		{"counter", func() { counter.Inc() }},
		{"DataRow.Decode", func() {
			if err := decoded.Decode(body); err != nil {
				b.Fatal(err)
			}
		}},
	}
	for _, i := range instead {
		b.Run(i.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				i.do()
			}
		})
	}
	for _, capacity := range []int{1, 1024} {
		b.Run(fmt.Sprintf("channel of copied rows/capacity=%d", capacity), func(b *testing.B) { channel(b, row, capacity) })
	}
}

// kept and looked prevent the compiler from removing the measured code.
var (
	kept   []byte
	looked time.Time
)

// channel sends copies of a row from one goroutine to another.
func channel(b *testing.B, row []byte, capacity int) {
	rows := make(chan []byte, capacity)
	go func() {
		defer close(rows)
		for range b.N {
			rows <- bytes.Clone(row)
		}
	}()
	b.ReportAllocs()
	b.ResetTimer()
	for r := range rows {
		kept = r
	}
}
