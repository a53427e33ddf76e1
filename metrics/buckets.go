package metrics

// Upper bounds of the histograms' buckets; each histogram has +Inf as well.
var (
	// msBounds are in milliseconds, about three per decade: from the time to decode one row to that of a long timeout.
	msBounds = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
		25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000}

	// rowBounds are rows in a ring or a chunk: 0 and the powers of two, because capacities are powers of two. bucketOf
	// relies on these values.
	rowBounds = []float64{0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536}

	// byteBounds are powers of four from 64 bytes to 16 GiB.
	byteBounds = powersOfFour(3, 17)

	// resultBounds are rows of a whole result: 0 and the powers of four up to a billion.
	resultBounds = append([]float64{0}, powersOfFour(0, 15)...)
)

func powersOfFour(from, to int) []float64 {
	var bounds []float64
	for e := from; e <= to; e++ {
		bounds = append(bounds, float64(uint64(1)<<(2*e)))
	}
	return bounds
}
