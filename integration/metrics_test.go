package integration_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	vm "github.com/VictoriaMetrics/metrics"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/query"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// measuredRow is the type that rows are decoded into; its name is a label.
type measuredRow struct{ ID int }

// scenario is a use of one query by a program, and the expected metrics afterwards. If a number is not known
// beforehand, the series is in moves: it must be above zero.
type scenario struct {
	name  string
	run   func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode)
	wants testbed.Wants
	moves []string
}

var scenarios = []scenario{
	{
		"a whole result", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			even := func(row json.RawMessage) bool { return testbed.Number(row)%2 == 0 }
			s := testbed.Query(t, c, testbed.Numbered(100, 100)+" WHERE g > 0 ORDER BY g",
				m.With(stream.WithEntity(entity), stream.WithFilter(even))...)
			if got := len(testbed.Rows(t, s)); got != 50 {
				t.Errorf("%d rows", got)
			}
		},
		testbed.Wants{
			"fraiseql_queries_total has_where_sql true has_where_go true has_order_by true": 1,
			"fraiseql_query_completed_total status success":                                 1,
			"fraiseql_rows_processed_total status ok":                                       50,
			"fraiseql_rows_processed_total status filtered":                                 50,
			"fraiseql_rows_filtered_total":                                                  50, "fraiseql_filter_duration_ms_count": 2,
			"fraiseql_query_startup_duration_ms_count": 1, "fraiseql_query_total_duration_ms_count": 1,
			"fraiseql_query_bytes_received_sum": 10_000, "fraiseql_query_bytes_received_count": 1,
			"fraiseql_query_rows_processed_sum": 100, "fraiseql_query_rows_processed_count": 1,
			"fraiseql_channel_occupancy_rows_count": 101, "fraiseql_chunk_size_rows_sum": 100,
			"fraiseql_active_streams": 0, "fraiseql_stream_buffered_items": 0,
		},
		[]string{
			"fraiseql_query_startup_duration_ms_sum", "fraiseql_query_total_duration_ms_sum",
			"fraiseql_chunk_processing_duration_ms_count", "fraiseql_stream_buffered_bytes_sum",
			"fraiseql_adaptive_chunk_size_count", "fraiseql_channel_occupancy_rows_sum",
		},
	},
	{
		"a filter of package query", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			view := querySchema(t, c, "wire_metrics_filter") + ".v"
			testbed.Execute(t, c, "CREATE VIEW "+view+" AS "+testbed.Numbered(100, 100))
			odd := func(row json.RawMessage) bool { return testbed.Number(row)%2 == 1 }
			s, err := query.From(view).Filter(odd).Run(testbed.Context(t), c, m.With(stream.WithEntity(entity))...)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(testbed.Rows(t, s)); got != 50 {
				t.Errorf("%d rows", got)
			}
		},
		testbed.Wants{
			"fraiseql_queries_total has_where_sql false has_where_go true has_order_by false": 1,
			"fraiseql_rows_processed_total status ok":                                         50,
			"fraiseql_rows_processed_total status filtered":                                   50,
			"fraiseql_rows_filtered_total":                                                    50,
		}, nil,
	},
	{
		"rows that decode", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			got, err := stream.Collect[measuredRow](testbed.Query(t, c, testbed.Documents(100), m.With(stream.WithEntity(entity))...))
			if err != nil || len(got) != 100 || got[99].ID != 100 {
				t.Errorf("%d rows, %v", len(got), err)
			}
		},
		testbed.Wants{
			"fraiseql_queries_total has_where_sql false has_where_go false has_order_by false":  1,
			"fraiseql_rows_deserialized_total type_name integration_test.measuredRow":           100,
			"fraiseql_deserialization_duration_ms_count type_name integration_test.measuredRow": 2,
			"fraiseql_json_parse_errors_total":                                                  0,
		}, nil,
	},
	{
		"rows that do not decode", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			for _, err := range stream.Decode[int](testbed.Query(t, c, testbed.Documents(3), m.With(stream.WithEntity(entity))...)) {
				if werr.CategoryOf(err) != werr.CategoryDecode {
					t.Errorf("error %v", err)
				}
			}
		},
		testbed.Wants{
			"fraiseql_rows_deserialization_failed_total type_name int reason type": 3,
			"fraiseql_rows_deserialized_total type_name int":                       0,
			"fraiseql_rows_processed_total status ok":                              3,
			"fraiseql_query_completed_total status success":                        1,
		}, nil,
	},
	{
		// The server's rows always parse, so it is the program's parser that fails here.
		"rows that do not parse", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			cut := func(row []byte, dst any) error { return json.Unmarshal(row[1:], dst) }
			s := testbed.Query(t, c, testbed.Documents(3), m.With(stream.WithEntity(entity), stream.WithUnmarshal(cut))...)
			for _, err := range stream.Decode[measuredRow](s) {
				if werr.CategoryOf(err) != werr.CategoryDecode {
					t.Errorf("error %v", err)
				}
			}
		},
		testbed.Wants{
			"fraiseql_rows_deserialization_failed_total type_name integration_test.measuredRow reason syntax": 3,
			"fraiseql_json_parse_errors_total": 3,
		}, nil,
	},
	{
		"a refused statement", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			if _, err := c.Query(testbed.Context(t), "SELECT data FROM v_nowhere", m.With(stream.WithEntity(entity))...); err == nil {
				t.Error("the statement was accepted")
			}
		},
		testbed.Wants{
			"fraiseql_queries_total has_where_sql false has_where_go false has_order_by false": 1,
			"fraiseql_query_completed_total status error":                                      1,
			"fraiseql_query_error_total error_category server":                                 1,
			"fraiseql_query_total_duration_ms_count":                                           1, "fraiseql_query_startup_duration_ms_count": 0,
		}, nil,
	},
	{
		"pauses", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100),
				m.With(stream.WithEntity(entity), stream.WithPauseTimeout(10*time.Millisecond))...)
			for range 3 {
				if err := s.Pause(); err != nil {
					t.Fatal(err)
				}
				testbed.Eventually(t, "a pause that times out", func() bool { return s.State() == stream.Active })
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		},
		testbed.Wants{
			"fraiseql_stream_paused_total": 3, "fraiseql_stream_resumed_total": 3,
			"fraiseql_stream_pause_timeout_expired_total": 3, "fraiseql_stream_pause_duration_ms_count": 3,
			"fraiseql_query_completed_total status cancelled": 1, "fraiseql_cancellation_duration_ms_count": 0,
		},
		[]string{"fraiseql_stream_pause_duration_ms_sum"},
	},
	{
		"a cancel", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), m.With(stream.WithEntity(entity))...)
			testbed.Take(t, s, 0, 7)
			if err := s.CancelTimeout(testbed.Patience); err != nil {
				t.Error(err)
			}
		},
		testbed.Wants{
			"fraiseql_cancellation_duration_ms_count": 1, "fraiseql_query_completed_total status cancelled": 1,
			"fraiseql_rows_processed_total status ok": 7, "fraiseql_channel_occupancy_rows_count": 7,
			"fraiseql_query_rows_processed_sum": 7,
		},
		[]string{"fraiseql_cancellation_duration_ms_sum"},
	},
	{
		"a memory limit", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			s := testbed.Query(t, c, testbed.Numbered(10, 100)+" UNION ALL SELECT to_jsonb(repeat('x', 9000))",
				m.With(stream.WithEntity(entity),
					stream.WithMaxMemory(2000), stream.WithMemorySoftLimit(0.01))...)
			testbed.Take(t, s, 0, 10)
			if s.Next() {
				t.Error("the row above the limit was delivered")
			}
			if err := s.Close(); err != nil { // the end is recorded after the error
				t.Error(err)
			}
		},
		testbed.Wants{
			"fraiseql_memory_limit_exceeded_total": 1, "fraiseql_query_error_total error_category memory": 1,
			"fraiseql_query_completed_total status error": 1, "fraiseql_query_bytes_received_sum": 1000,
		},
		[]string{"fraiseql_memory_soft_limit_total"},
	},
	{
		"chunks that grow", func(t *testing.T, c *conn.Conn, entity string, m testbed.Mode) {
			s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), m.With(stream.WithEntity(entity),
				stream.WithCapacity(64),
				stream.WithAdaptiveChunking(chunking.Config{Initial: 4, Min: 4, Max: 8, Window: 2}))...)
			done := testbed.WaitForReader(t, s, 0)
			for range 500 {
				testbed.WaitNearlyFull(t, s, 64)
				testbed.Take(t, s, done, 1)
				done++
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		},
		testbed.Wants{increases: 2, decreases: 0},
		[]string{"fraiseql_adaptive_chunk_size_sum"},
	},
}

// elsewhere lists the metrics that other tests change. A correct server causes no protocol errors, and sends no rows
// that are not JSON.
var elsewhere = []string{
	"fraiseql_authentications_total", "fraiseql_authentications_successful_total", "fraiseql_authentications_failed_total",
	"fraiseql_auth_duration_ms", "fraiseql_connections_created_total", "fraiseql_connections_failed_total",
	"fraiseql_active_connections", // TestMetricsOfConnections
	"fraiseql_protocol_errors_total",
	"fraiseql_prepared_statements_total", // TestPreparedStatements
	"fraiseql_pool_connections", "fraiseql_pool_max", "fraiseql_pool_waiting",
	"fraiseql_pool_acquire_duration_ms",                                                           // TestPoolMetrics
	"fraiseql_pool_created_total", "fraiseql_pool_destroyed_total", "fraiseql_pool_breaker_state", // likewise
	"fraiseql_pool_retries_total",             // TestPoolRetriesBeforeTheFirstRow
	"fraiseql_pool_breaker_transitions_total", // TestPoolBreaker
	"fraiseql_pool_acquire_failed_total",      // TestPoolCountsCallsWithoutAConnection
}

// Every metric changes on a real server, by the right amount.
func TestMetrics(t *testing.T) {
	t.Parallel()
	seen := slices.Clone(elsewhere)
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
				c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
				sc.run(t, c, entity, m)
				testbed.Eventually(t, "an idle connection", func() bool { return c.State() == conn.Idle })
				p := testbed.EntityPage(t, entity)
				p.Check(t, sc.wants)
				for _, name := range sc.moves {
					if p.Get(name) <= 0 {
						t.Errorf("%s did not change", name)
					}
				}
			})
		})
		for series := range sc.wants {
			seen = append(seen, strings.Fields(series)[0])
		}
		seen = append(seen, sc.moves...)
	}
	for _, name := range wiremetrics.Names() {
		if !slices.ContainsFunc(seen, func(s string) bool { return strings.HasPrefix(s, name) }) {
			t.Errorf("no scenario for %s", name)
		}
	}
}

// The gauges reflect a running stream.
func TestMetricsOfARunningStream(t *testing.T) {
	t.Parallel()
	const capacity = 64
	c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithEntity(entity),
		stream.WithCapacity(capacity))
	testbed.Eventually(t, "a full ring", func() bool { return s.Stats().ItemsBuffered == capacity })
	testbed.Eventually(t, "gauges that show it", func() bool {
		p := testbed.EntityPage(t, entity)
		return p.Get("fraiseql_active_streams") == 1 && p.Get("fraiseql_stream_buffered_items") == capacity
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_active_streams": 0, "fraiseql_stream_buffered_items": 0})
}

// A label that has to be escaped does not break the page, and an entity is derived from the view's name.
func TestMetricsLabels(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	odd := "quote \" back\\slash\nline " + testbed.UniqueEntity(t)
	testbed.Rows(t, testbed.Query(t, c, testbed.Documents(1), stream.WithEntity(odd)))
	var text bytes.Buffer
	wiremetrics.WritePrometheus(&text)
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(odd)
	if !strings.Contains(text.String(), `fraiseql_query_completed_total{entity="`+escaped+`",status="success"} 1`+"\n") {
		t.Errorf("no series of %q", odd)
	}
	testbed.Execute(t, c, "CREATE TEMPORARY VIEW v_measured_entity AS SELECT to_jsonb(1) AS data")
	before := testbed.EntityPage(t, "measured_entity")
	testbed.Rows(t, testbed.Query(t, c, "SELECT data FROM v_measured_entity"))
	testbed.EntityPage(t, "measured_entity").Since(before).Check(t,
		testbed.Wants{"fraiseql_query_completed_total status success": 1})
}

// The page: as part of the process's page, or separate.
func TestMetricsPage(t *testing.T) {
	const name = "fraiseql_active_connections"
	global := func() string {
		var text bytes.Buffer
		vm.WritePrometheus(&text, false)
		return text.String()
	}
	if strings.Contains(global(), name) {
		t.Error("on the global page before Register")
	}
	wiremetrics.Register()
	if !strings.Contains(global(), name) {
		t.Error("not on the global page after Register")
	}
	wiremetrics.Unregister()
	if strings.Contains(global(), name) {
		t.Error("on the global page after Unregister")
	}
	server := httptest.NewServer(wiremetrics.Handler())
	defer server.Close()
	c := testbed.Connect(t, testbed.DSN(t))
	entity := testbed.UniqueEntity(t)
	testbed.Rows(t, testbed.Query(t, c, testbed.Documents(3), stream.WithEntity(entity)))
	answer, err := http.Get(server.URL) // the server is this process
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	kind := answer.Header.Get("Content-Type")
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("status %d, type %q", answer.StatusCode, kind)
	}
	if !strings.Contains(string(body), `fraiseql_rows_processed_total{entity="`+entity+`",status="ok"} 3`+"\n") {
		t.Error("the page does not include the rows just read")
	}
}
