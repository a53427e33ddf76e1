package metrics_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
	"github.com/google/go-cmp/cmp"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// A new entity is on the page at once, at zero, so that a rate over its first minutes is right.
func TestZeroValues(t *testing.T) {
	t.Parallel()
	wiremetrics.ForEntity("zero")
	lines := wiremetrics.Lines(`{entity="zero"`)
	for _, want := range []string{
		`fraiseql_query_completed_total{entity="zero",status="success"} 0`,
		`fraiseql_query_completed_total{entity="zero",status="error"} 0`,
		`fraiseql_query_completed_total{entity="zero",status="cancelled"} 0`,
		`fraiseql_rows_processed_total{entity="zero",status="ok"} 0`,
		`fraiseql_rows_processed_total{entity="zero",status="filtered"} 0`,
		`fraiseql_chunk_size_adjusted{entity="zero",direction="increase"} 0`,
		`fraiseql_chunk_size_adjusted{entity="zero",direction="decrease"} 0`,
		`fraiseql_active_streams{entity="zero"} 0`,
		`fraiseql_stream_buffered_items{entity="zero"} 0`,
		`fraiseql_channel_occupancy_rows_bucket{entity="zero",le="+Inf"} 0`,
		`fraiseql_query_total_duration_ms_count{entity="zero"} 0`,
	} {
		if !contains(lines, want) {
			t.Errorf("not on the page: %s", want)
		}
	}
	for _, line := range lines {
		if !strings.HasSuffix(line, " 0") {
			t.Errorf("not zero: %s", line)
		}
	}
}

func contains(lines []string, want string) bool {
	for _, line := range lines {
		if line == want {
			return true
		}
	}
	return false
}

// The exact text of the page for one query.
func TestPage(t *testing.T) {
	t.Parallel()
	e := wiremetrics.ForEntity("page")
	e.Query(true, false, true)
	e.Startup(1500 * time.Microsecond)
	e.StreamBegan()
	e.Chunk(3, 20*time.Millisecond, 400)
	e.Buffered(3)
	var d wiremetrics.Depths
	d.Run(3, 1)
	d.Empty()
	e.Occupancy(&d)
	e.Rows(2, 1)
	e.Decoder("main.User").Rows(2)
	e.Decoder("main.User").Failed("syntax")
	e.Buffered(-3)
	e.StreamEnded(wiremetrics.End{
		Status: wiremetrics.StatusError, Category: "server", Total: time.Second, Bytes: 300, Rows: 3})

	page := wiremetrics.Lines(`entity="page"`)
	for part, want := range map[string][]string{
		"fraiseql_queries_total": {
			`fraiseql_queries_total{entity="page",has_where_sql="true",has_where_go="false",has_order_by="true"} 1`},
		"_startup_duration_ms_bucket": {
			`fraiseql_query_startup_duration_ms_bucket{entity="page",le="0.05"} 0`,
			`fraiseql_query_startup_duration_ms_bucket{entity="page",le="0.1"} 0`,
			`fraiseql_query_startup_duration_ms_bucket{entity="page",le="0.25"} 0`,
			`fraiseql_query_startup_duration_ms_bucket{entity="page",le="0.5"} 0`,
			`fraiseql_query_startup_duration_ms_bucket{entity="page",le="1"} 0`,
			`fraiseql_query_startup_duration_ms_bucket{entity="page",le="2.5"} 1`,
			`fraiseql_query_startup_duration_ms_bucket{entity="page",le="5"} 1`,
		},
		"_startup_duration_ms_sum": {`fraiseql_query_startup_duration_ms_sum{entity="page"} 1.5`},
		"channel_occupancy": {
			`fraiseql_channel_occupancy_rows_bucket{entity="page",le="0"} 1`,
			`fraiseql_channel_occupancy_rows_bucket{entity="page",le="1"} 2`,
			`fraiseql_channel_occupancy_rows_bucket{entity="page",le="2"} 3`,
			`fraiseql_channel_occupancy_rows_bucket{entity="page",le="4"} 4`,
			`fraiseql_channel_occupancy_rows_bucket{entity="page",le="8"} 4`,
		},
		"channel_occupancy_rows_sum":   {`fraiseql_channel_occupancy_rows_sum{entity="page"} 6`},
		"channel_occupancy_rows_count": {`fraiseql_channel_occupancy_rows_count{entity="page"} 4`},
		"rows_processed_total": {
			`fraiseql_rows_processed_total{entity="page",status="filtered"} 1`,
			`fraiseql_rows_processed_total{entity="page",status="ok"} 2`},
		"rows_filtered": {`fraiseql_rows_filtered_total{entity="page"} 1`},
		"rows_deseri": {
			`fraiseql_rows_deserialization_failed_total{entity="page",type_name="main.User",reason="syntax"} 1`,
			`fraiseql_rows_deserialized_total{entity="page",type_name="main.User"} 2`},
		"query_completed": {
			`fraiseql_query_completed_total{entity="page",status="cancelled"} 0`,
			`fraiseql_query_completed_total{entity="page",status="error"} 1`,
			`fraiseql_query_completed_total{entity="page",status="success"} 0`},
		"query_error":             {`fraiseql_query_error_total{entity="page",error_category="server"} 1`},
		"bytes_received_sum":      {`fraiseql_query_bytes_received_sum{entity="page"} 300`},
		"query_rows_processed_su": {`fraiseql_query_rows_processed_sum{entity="page"} 3`},
		"active_streams":          {`fraiseql_active_streams{entity="page"} 0`},
		"buffered_items":          {`fraiseql_stream_buffered_items{entity="page"} 0`},
	} {
		var got []string
		for _, line := range page {
			if strings.Contains(line, part) && len(got) < len(want) {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", part, diff)
		}
	}
}

// design is the table of metrics. It must not change, because dashboards refer to the names.
const design = `
fraiseql_channel_occupancy_rows fraiseql_chunk_size_adjusted fraiseql_adaptive_chunk_size
fraiseql_memory_limit_exceeded_total fraiseql_memory_soft_limit_total fraiseql_stream_buffered_bytes
fraiseql_stream_paused_total fraiseql_stream_resumed_total fraiseql_stream_pause_timeout_expired_total
fraiseql_stream_pause_duration_ms fraiseql_cancellation_duration_ms fraiseql_queries_total
fraiseql_query_completed_total fraiseql_query_error_total fraiseql_rows_processed_total fraiseql_rows_filtered_total
fraiseql_json_parse_errors_total fraiseql_rows_deserialized_total fraiseql_rows_deserialization_failed_total
fraiseql_query_startup_duration_ms fraiseql_query_total_duration_ms fraiseql_chunk_processing_duration_ms
fraiseql_chunk_size_rows fraiseql_filter_duration_ms fraiseql_deserialization_duration_ms
fraiseql_query_bytes_received fraiseql_query_rows_processed fraiseql_authentications_total
fraiseql_authentications_successful_total fraiseql_authentications_failed_total fraiseql_auth_duration_ms
fraiseql_connections_created_total fraiseql_connections_failed_total fraiseql_protocol_errors_total
fraiseql_active_connections fraiseql_active_streams fraiseql_stream_buffered_items fraiseql_prepared_statements_total
fraiseql_pool_connections fraiseql_pool_max fraiseql_pool_waiting fraiseql_pool_acquire_duration_ms fraiseql_pool_created_total
fraiseql_pool_destroyed_total fraiseql_pool_retries_total fraiseql_pool_breaker_state fraiseql_pool_breaker_transitions_total
fraiseql_pool_acquire_failed_total`

// Every metric of the design exists, is listed, and changes when its method is called.
func TestEveryMetricMoves(t *testing.T) {
	want := strings.Fields(design)
	listed := map[string]bool{}
	for _, name := range wiremetrics.Names() {
		listed[name] = true
	}
	if len(listed) != len(want) {
		t.Errorf("%d names listed, %d in the design", len(listed), len(want))
	}
	touchEverything()
	moved := map[string]bool{}
	for _, line := range wiremetrics.Lines("fraiseql_") {
		name, _, _ := strings.Cut(line, "{")
		name, _, _ = strings.Cut(name, " ")
		if !strings.HasSuffix(line, " 0") {
			moved[strings.TrimSuffix(name, "_count")] = true
		}
	}
	for _, name := range want {
		if !listed[name] || !moved[name] {
			t.Errorf("%s: listed %v, changed %v", name, listed[name], moved[name])
		}
	}
}

func touchEverything() {
	touchPool()
	e := wiremetrics.ForEntity("every")
	e.Query(false, true, false)
	e.Startup(time.Millisecond)
	e.Refused("server", time.Millisecond)
	e.Abandoned(time.Millisecond)
	wiremetrics.PreparedStatement(wiremetrics.StatementHealed)
	e.StreamBegan()
	e.StreamBegan()
	e.StreamEnded(wiremetrics.End{Rows: 1, Bytes: 1})
	e.Chunk(1, time.Millisecond, 1)
	e.ChunkSize(256)
	e.ChunkSizeAdjusted(true)
	e.ChunkSizeAdjusted(false)
	e.Buffered(5)
	var d wiremetrics.Depths
	d.Empty()
	e.Occupancy(&d)
	e.Rows(1, 1)
	e.MemoryLimitExceeded()
	e.MemorySoftLimit()
	e.Paused()
	e.PauseExpired()
	e.Resumed(time.Second)
	e.Cancelled(time.Second)
	e.ParseError()
	e.Filtered(time.Microsecond)
	e.Decoder("int").Rows(1)
	e.Decoder("int").Took(time.Microsecond)
	e.Decoder("int").Failed("type")
	wiremetrics.ConnectionCreated("tcp")
	wiremetrics.ConnectionFailed("dial", "connect")
	wiremetrics.Authentication("trust")
	wiremetrics.AuthenticationSucceeded("trust", time.Millisecond)
	wiremetrics.AuthenticationFailed("md5", "password", time.Millisecond)
	wiremetrics.ProtocolError("Z")
}

func TestConnections(t *testing.T) {
	wiremetrics.ConnectionCreated("unix")
	wiremetrics.ConnectionCreated("unix")
	open := wiremetrics.Lines("fraiseql_active_connections")
	wiremetrics.ConnectionClosed()
	wiremetrics.ConnectionClosed()
	if closed := wiremetrics.Lines("fraiseql_active_connections"); cmp.Equal(open, closed) {
		t.Errorf("the gauge did not change: %q", closed)
	}
	want := []string{`fraiseql_connections_created_total{transport="unix"} 2`}
	if diff := cmp.Diff(want, wiremetrics.Lines(`transport="unix"`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wiremetrics.ConnectionFailed("startup", "server")
	want = []string{`fraiseql_connections_failed_total{phase="startup",error_category="server"} 1`}
	if diff := cmp.Diff(want, wiremetrics.Lines(`phase="startup"`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Register and Unregister may be called any number of times; the global page has the metrics either once or not at all.
func TestRegisterIsIdempotent(t *testing.T) {
	wiremetrics.ForEntity("registered")
	count := func() int {
		var page bytes.Buffer
		vm.WritePrometheus(&page, false)
		return strings.Count(page.String(), `fraiseql_active_streams{entity="registered"}`)
	}
	steps := []struct {
		name string
		do   func()
		want int
	}{
		{"nothing", func() {}, 0},
		{"unregister", wiremetrics.Unregister, 0},
		{"register", wiremetrics.Register, 1},
		{"register again", wiremetrics.Register, 1},
		{"unregister", wiremetrics.Unregister, 0},
		{"unregister again", wiremetrics.Unregister, 0},
		{"register once more", wiremetrics.Register, 1},
		{"unregister at the end", wiremetrics.Unregister, 0},
	}
	for _, step := range steps {
		step.do()
		if got := count(); got != step.want {
			t.Errorf("%s: on the global page %d times, want %d", step.name, got, step.want)
		}
	}
	if len(wiremetrics.Lines(`fraiseql_active_streams{entity="registered"}`)) != 1 {
		t.Error("the metrics are missing from the library's own page")
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	wiremetrics.ForEntity("handled")
	answer := httptest.NewRecorder()
	wiremetrics.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if got := answer.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	if answer.Code != 200 || !strings.Contains(answer.Body.String(), `fraiseql_active_streams{entity="handled"} 0`) {
		t.Errorf("status %d, body of %d bytes", answer.Code, answer.Body.Len())
	}
}

// Scrapes counts every page that is written.
func TestPageIsNumbered(t *testing.T) {
	before := wiremetrics.Scrapes()
	wiremetrics.Lines("")
	if wiremetrics.Scrapes() <= before {
		t.Error("the page was not counted")
	}
}

// Each name is written in one source file.
func TestNamesStandInOneFile(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := f.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name != "names.go" {
			text, err := os.ReadFile(name)
			if err != nil || bytes.Contains(text, []byte(`"fraiseql_`)) {
				t.Errorf("%s: a metric's name outside names.go, err %v", name, err)
			}
		}
	}
}

func touchPool() {
	p := wiremetrics.ForPool("touched")
	p.Attach(func() wiremetrics.PoolGauges {
		return wiremetrics.PoolGauges{Idle: 1, Acquired: 2, Connecting: 3, Max: 6, Waiting: 4, Breaker: 1}
	})
	p.Created()
	p.Acquired(time.Millisecond)
	p.Destroyed(wiremetrics.DestroyedOld)
	p.Retried("connect")
	p.NotAcquired(wiremetrics.NotAcquiredTimeout)
	p.BreakerChanged("open")
}

// Pools of one name share their series: each gauge is the sum over the pools that are attached.
func TestPoolsOfOneName(t *testing.T) {
	t.Parallel()
	p := wiremetrics.ForPool("shared")
	detach := p.Attach(func() wiremetrics.PoolGauges { return wiremetrics.PoolGauges{Idle: 1, Max: 4, Breaker: 2} })
	defer p.Attach(func() wiremetrics.PoolGauges { return wiremetrics.PoolGauges{Idle: 2, Max: 5, Breaker: 1} })()
	check := func(idle, most, breaker int) {
		t.Helper()
		lines := wiremetrics.Lines(`pool="shared"`)
		for _, want := range []string{
			fmt.Sprintf(`fraiseql_pool_connections{pool="shared",state="idle"} %d`, idle),
			fmt.Sprintf(`fraiseql_pool_max{pool="shared"} %d`, most),
			fmt.Sprintf(`fraiseql_pool_breaker_state{pool="shared"} %d`, breaker),
		} {
			if !contains(lines, want) {
				t.Errorf("not on the page: %s", want)
			}
		}
	}
	check(3, 9, 2)
	detach()
	check(2, 5, 1)
}
