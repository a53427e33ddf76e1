package main

// feature is one part of the library whose cost is to be known, and how to be without it.
type feature struct {
	name  string
	mark  float64  // percent of the whole query
	edits []edit   // what makes a build without it; none: it is switched by with
	with  []string // arguments of the workload that switch it on, where a build cannot be without it
	per   int      // how often a read does it with these arguments
}

// edit changes one function of the library for a build that is only measured.
type edit struct {
	file     string // below the module's root
	function string // its name, behind the receiver's type for a method
	body     string // what stands between its braces instead; empty: nothing
	replace  map[string]string
}

var features = []feature{
	{
		name: "occupancy", mark: 0.1,
		edits: []edit{
			{file: "stream/record_polls.go", function: "record.tailMoved", body: "r.turns++"},
			{file: "stream/record_polls.go", function: "record.ringEmpty",
				body: "if r.buffered.Load() != 0 {\nr.setBuffered(0)\n}"},
			{file: "stream/record_polls.go", function: "record.tally"},
			{file: "metrics/stream.go", function: "Entity.Occupancy"},
		},
	},
	{
		name: "metrics in all", mark: 0.2,
		edits: []edit{
			{file: "stream/record_polls.go", function: "record.tailMoved"},
			{file: "stream/record_polls.go", function: "record.ringEmpty"},
			{file: "stream/record_polls.go", function: "record.reportIfDue"},
			{file: "stream/record.go", function: "record.chunk"},
			// The clock is read for the metrics; under ReadAheadAuto the switch needs it too.
			{file: "stream/fill.go", function: "Stream.step", replace: map[string]string{"s.now()": "0"}},
		},
	},
	{
		name: "pause check", mark: 1,
		edits: []edit{
			{file: "stream/fill.go", function: "Stream.mayRead",
				replace: map[string]string{" && !s.paused.Load()": ""}},
			{file: "stream/pull.go", function: "Stream.waitWhilePaused"},
		},
	},
	{name: "memory check", mark: 1, with: []string{"-memory", "1073741824"}, per: 1},
	{name: "adaptive chunking", mark: 1, with: []string{"-observe", "10"}, per: 10},
	{name: "Stats(), once a read", mark: 1, with: []string{"-stats", "10"}, per: 10},
}
