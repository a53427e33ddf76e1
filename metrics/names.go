package metrics

// The names of all metrics. They must not change: dashboards and alerts outside this repository refer to them.
const (
	// Flow of rows. Labels: entity; chunkSizeAdjusted also has direction (increase, decrease).
	channelOccupancyRows = "fraiseql_channel_occupancy_rows" // histogram: rows in the ring before each poll
	chunkSizeAdjusted    = "fraiseql_chunk_size_adjusted"    // counter
	adaptiveChunkSize    = "fraiseql_adaptive_chunk_size"    // histogram: rows, the size in force at each chunk
	chunkSizeRows        = "fraiseql_chunk_size_rows"        // histogram: actual rows in a chunk
	chunkProcessing      = "fraiseql_chunk_processing_duration_ms"
	activeStreams        = "fraiseql_active_streams"        // gauge
	streamBufferedItems  = "fraiseql_stream_buffered_items" // gauge: rows in the rings of all streams

	// Memory. Labels: entity.
	memoryLimitExceeded = "fraiseql_memory_limit_exceeded_total" // counter: once each time the limit is reached
	memorySoftLimit     = "fraiseql_memory_soft_limit_total"     // counter: once per crossing
	streamBufferedBytes = "fraiseql_stream_buffered_bytes"       // histogram: per chunk

	// Pause and cancel. Labels: entity.
	streamPaused         = "fraiseql_stream_paused_total"
	streamResumed        = "fraiseql_stream_resumed_total" // also counts pauses that timed out
	streamPauseExpired   = "fraiseql_stream_pause_timeout_expired_total"
	streamPauseDuration  = "fraiseql_stream_pause_duration_ms"
	cancellationDuration = "fraiseql_cancellation_duration_ms"

	// Queries. Labels: entity, and those in each comment.
	queries            = "fraiseql_queries_total"         // has_where_sql, has_where_go, has_order_by (true, false)
	queryCompleted     = "fraiseql_query_completed_total" // status (success, error, cancelled)
	queryError         = "fraiseql_query_error_total"     // error_category
	queryStartup       = "fraiseql_query_startup_duration_ms"
	queryTotal         = "fraiseql_query_total_duration_ms"
	queryBytesReceived = "fraiseql_query_bytes_received"      // histogram: JSON bytes
	queryRowsProcessed = "fraiseql_query_rows_processed"      // histogram
	preparedStatements = "fraiseql_prepared_statements_total" // event (prepared, reused, evicted, healed); no entity

	// Rows. Labels: entity, and those in each comment.
	rowsProcessed           = "fraiseql_rows_processed_total" // status (ok, filtered)
	rowsFiltered            = "fraiseql_rows_filtered_total"
	jsonParseErrors         = "fraiseql_json_parse_errors_total"
	rowsDeserialized        = "fraiseql_rows_deserialized_total"           // type_name
	deserializationFailed   = "fraiseql_rows_deserialization_failed_total" // type_name, reason
	filterDuration          = "fraiseql_filter_duration_ms"                // sampled; always the first row
	deserializationDuration = "fraiseql_deserialization_duration_ms"       // type_name; sampled; always the first row

	// Authentication. Labels: mechanism; authenticationsFailed also has reason.
	authentications           = "fraiseql_authentications_total"
	authenticationsSuccessful = "fraiseql_authentications_successful_total"
	authenticationsFailed     = "fraiseql_authentications_failed_total"
	authDuration              = "fraiseql_auth_duration_ms"

	// Connections. Labels: those in each comment.
	connectionsCreated = "fraiseql_connections_created_total" // transport (tcp, unix, tls)
	connectionsFailed  = "fraiseql_connections_failed_total"  // phase, error_category
	protocolErrors     = "fraiseql_protocol_errors_total"     // message_type
	activeConnections  = "fraiseql_active_connections"        // gauge

	// Pools. Labels: pool, and those in each comment.
	poolConnections        = "fraiseql_pool_connections"          // gauge; state (idle, acquired, connecting)
	poolMax                = "fraiseql_pool_max"                  // gauge: most connections that there may be
	poolWaiting            = "fraiseql_pool_waiting"              // gauge: calls that wait for a slot or a connection
	poolAcquireDuration    = "fraiseql_pool_acquire_duration_ms"  // histogram
	poolAcquireFailed      = "fraiseql_pool_acquire_failed_total" // reason (timeout, breaker, connect, context, closed)
	poolCreated            = "fraiseql_pool_created_total"
	poolDestroyed          = "fraiseql_pool_destroyed_total"           // reason (old, idle, broken, reset, closed)
	poolRetries            = "fraiseql_pool_retries_total"             // category
	poolBreakerState       = "fraiseql_pool_breaker_state"             // gauge: 0 closed, 1 open, 2 half-open
	poolBreakerTransitions = "fraiseql_pool_breaker_transitions_total" // to (closed, open, half-open)
)

// Names returns the names of all metrics, without labels and suffixes, for tests and for the documentation.
func Names() []string {
	return []string{
		channelOccupancyRows, chunkSizeAdjusted, adaptiveChunkSize, chunkSizeRows, chunkProcessing, activeStreams,
		streamBufferedItems, memoryLimitExceeded, memorySoftLimit, streamBufferedBytes, streamPaused, streamResumed,
		streamPauseExpired, streamPauseDuration, cancellationDuration, queries, queryCompleted, queryError, queryStartup,
		queryTotal, queryBytesReceived, queryRowsProcessed, rowsProcessed, rowsFiltered, jsonParseErrors, rowsDeserialized,
		deserializationFailed, filterDuration, deserializationDuration, authentications, authenticationsSuccessful,
		authenticationsFailed, authDuration, connectionsCreated, connectionsFailed, protocolErrors, activeConnections,
		preparedStatements,
		poolConnections, poolMax, poolWaiting, poolAcquireDuration, poolAcquireFailed, poolCreated, poolDestroyed, poolRetries,
		poolBreakerState, poolBreakerTransitions,
	}
}
