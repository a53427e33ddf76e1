package bench

import (
	"testing"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// BenchmarkMetrics measures the parts of the metrics of one fill.
func BenchmarkMetrics(b *testing.B) {
	e := wiremetrics.ForEntity("bench")
	parts := []struct {
		name string
		do   func()
	}{
		{"part=chunk", func() { e.Chunk(61, 20*time.Microsecond, 7442) }},
		{"part=chunk-size", func() { e.ChunkSize(256) }},
		{"part=buffered", func() { e.Buffered(1) }},
		{"part=clock-twice", func() { began := time.Now(); _ = time.Since(began) }},
	}
	for _, p := range parts {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.do()
			}
		})
	}
	b.Run("part=tally", func(b *testing.B) { // one run of rows and one empty poll; sixteen of these are merged at once
		b.ReportAllocs()
		var d wiremetrics.Depths
		for n := 0; b.Loop(); n++ {
			d.Run(61, 1)
			d.Empty()
			if n%8 == 7 {
				e.Occupancy(&d)
			}
		}
	})
}

// BenchmarkStats measures one call of Stats by the consumer of a running stream.
func BenchmarkStats(b *testing.B) {
	s := open(b, &memory{row: document, chunk: 64, left: -1})
	defer s.Close()
	if !s.Next() {
		b.Fatal(s.Err())
	}
	b.ReportAllocs()
	for b.Loop() {
		if s.Stats().TotalRowsYielded != 1 {
			b.Fatal("wrong number of rows")
		}
	}
}
