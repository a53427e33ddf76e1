// Package otelwire records the connects and queries of package conn as OpenTelemetry spans.
//
//	cfg, err := conn.ParseConfig(os.Getenv("DATABASE_URL"))
//	cfg.Tracer = otelwire.New()
//	c, err := conn.ConnectConfig(ctx, cfg)
//
// The span of a query begins when Query is called and ends with its stream, so its duration includes the time in which
// the program works on the rows. The event "first row" marks when the first row had arrived. The span is a child of the
// span in the context that was passed to Query.
//
// Names and attributes are those of OpenTelemetry's conventions for database clients: db.system.name, db.namespace,
// server.address, server.port, db.response.status_code (the SQLSTATE), db.response.returned_rows, error.type, and
// db.query.text with WithQueryText. In addition there are fraiseql.entity, fraiseql.response.bytes and fraiseql.status
// (success, error or cancelled). No span contains the value of an argument, a row, or the text of an error.
//
// The package is a separate module, so that programs without tracing do not depend on OpenTelemetry.
package otelwire
