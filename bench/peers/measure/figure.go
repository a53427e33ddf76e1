package measure

// Figure names a measured value; the last part of the name, or the one before per, is its unit.
type Figure string

// All measured figures.
const (
	CPUPerRow      Figure = "cpu_ns_per_row" // user and system time of the client process
	WallPerRow     Figure = "wall_ns_per_row"
	AllocsPerRow   Figure = "allocs_per_row"
	BytesPerRow    Figure = "alloc_bytes_per_row"
	CPUPerQuery    Figure = "cpu_ns_per_query"
	AllocsPerQuery Figure = "allocs_per_query"
	P50            Figure = "p50_ns"
	P99            Figure = "p99_ns"
	NextAnswer     Figure = "next_answer_ns"        // from leaving a query to the answer of the next
	HeapPerStream  Figure = "heap_bytes_per_stream" // heap in use and stacks, all streams open, garbage collected
	RSSPerStream   Figure = "rss_bytes_per_stream"
	PeakRSS        Figure = "peak_rss_bytes" // of the whole process, from its start
)

// Sample is the result that one run reports to the process that started it.
type Sample struct {
	About   string  `json:"about"` // the contestant's line
	Figures Figures `json:"figures"`
}

// Figures are the values of one run.
type Figures map[Figure]float64
