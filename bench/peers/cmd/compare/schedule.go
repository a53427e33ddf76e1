package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// event is one workload and its contestants; the first is the base of the ratios.
type event struct {
	name, title string
	target      workload.Target
	kind        measure.Kind
	main        measure.Figure
	size        int
	rows        int64
	repeat      int
	sameCPU     bool // client and synthetic server share a processor
	contestants []string
}

// The contestants of the events.
var (
	readers = strings.Fields("bare bare-raw fraiseql fraiseql-pull fraiseql-always pgconn pgx-raw pgx-raw-256k " +
		"pgx-rawmessage pgx-bytes fraiseqlsql-rawbytes pgxsql-rawbytes pgxsql-bytes pq-rawbytes pq-bytes")
	askers = strings.Fields("bare fraiseql fraiseql-always pgconn pgx-exec pgx-raw pgxsql-bytes pq-bytes")
	tiny   = slices.Concat(strings.Fields("bare bare-simple"), askers[1:], strings.Fields(
		"fraiseql-simple fraiseql-prepared fraiseql-scope pgx-simple pgx-tx pgx-batch"))
	leavers = strings.Fields("bare fraiseql fraiseql-always pgconn pgx-raw pgx-cancel pgx-close pgxsql-cancel " +
		"pq-rawbytes pq-cancel")
	holders  = strings.Fields("pgx-raw fraiseql fraiseql-always pgconn pq-rawbytes")
	decoders = strings.Fields("pgx+stdjson pgx-scan pgx+gojson pgx+sonic pgx+segmentio pgx+fastjson pgx+jsonv2 " +
		"fraiseql+stdjson fraiseql+gojson fraiseql+sonic fraiseql+segmentio fraiseql+fastjson fraiseql+jsonv2")
)

// schedule returns all events, at full scale.
func schedule() []event {
	const server, synthetic = workload.Postgres, workload.Synthetic
	const kb = 1 << 10
	withPsql := slices.Concat(readers, []string{"psql"})
	return []event{
		long("postgres-120", "Rows of 120 B from PostgreSQL", server, 120, 1_000_000, withPsql),
		long("postgres-1k", "Rows of 1 KB from PostgreSQL", server, kb, 300_000, withPsql),
		long("postgres-10k", "Rows of 10 KB from PostgreSQL", server, 10*kb, 30_000, withPsql),
		long("synthetic-120", "Rows of 120 B at full speed", synthetic, 120, 5_000_000, readers),
		long("synthetic-1k", "Rows of 1 KB at full speed", synthetic, kb, 1_000_000, readers),
		long("synthetic-10k", "Rows of 10 KB at full speed", synthetic, 10*kb, 100_000, readers),
		onOne(long("synthetic-120-same", "Rows of 120 B at full speed, on one processor", synthetic, 120, 5_000_000, readers)),
		onOne(long("synthetic-1k-same", "Rows of 1 KB at full speed, on one processor", synthetic, kb, 1_000_000, readers)),
		onOne(long("synthetic-10k-same", "Rows of 10 KB at full speed, on one processor", synthetic, 10*kb, 100_000, readers)),
		{name: "first", title: "First of 2000 rows of 120 B from PostgreSQL", target: server,
			kind: measure.First, main: measure.P50, size: 120, rows: 2000, repeat: 1000, contestants: askers},
		{name: "tiny", title: "Query with one row, PostgreSQL", target: server,
			kind: measure.Tiny, main: measure.P50, size: 120, rows: 1, repeat: 10_000, contestants: tiny},
		{name: "tiny-synthetic", title: "Query with one row, synthetic server", target: synthetic,
			kind: measure.Tiny, main: measure.P50, size: 120, rows: 1, repeat: 10_000, contestants: askers},
		{name: "stop", title: "Next answer after leaving a long query at row 100, PostgreSQL", target: server,
			kind: measure.Stop, main: measure.NextAnswer, size: 120, rows: 5_000_000, repeat: 1, contestants: leavers},
		{name: "streams", title: "Memory of 500 streams held open", target: synthetic,
			kind: measure.Streams, main: measure.RSSPerStream, size: 120, rows: 5000, repeat: 500, contestants: holders},
		long("decode-120", "Rows of 120 B into structs", synthetic, 120, 500_000, decoders),
		long("decode-1k", "Rows of 1 KB into structs", synthetic, kb, 300_000, decoders),
	}
}

// long returns an event that reads one long result.
func long(name, title string, target workload.Target, size int, rows int64, contestants []string) event {
	return event{name: name, title: title, target: target, kind: measure.Rows, main: measure.CPUPerRow,
		size: size, rows: rows, repeat: 1, contestants: contestants}
}

// onOne makes the client share its processor with the synthetic server.
func onOne(e event) event {
	e.sameCPU = true
	return e
}

// chosen returns the events and contestants selected by the options, scaled: the rows of long results, otherwise the
// repetitions.
func chosen(all []event, o options) ([]event, error) {
	var list []event
	for _, e := range all {
		if !matches(o.events, e.name) || e.target == workload.Postgres && o.dsn == "" {
			continue
		}
		base := e.contestants[0]
		e.contestants = slices.DeleteFunc(slices.Clone(e.contestants), func(c string) bool {
			return c != base && !matches(o.only, c)
		})
		if e.kind == measure.Rows || e.kind == measure.Stop {
			e.rows = max(1, int64(float64(e.rows)*o.scale))
		} else {
			e.repeat = max(1, int(float64(e.repeat)*o.scale))
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		return nil, errors.New("no event is left: check -events, and give -dsn for those on PostgreSQL")
	}
	return list, nil
}
