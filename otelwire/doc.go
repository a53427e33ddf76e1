// Package otelwire makes OpenTelemetry spans of the connects and the queries of package conn.
//
//	cfg, err := conn.ParseConfig(os.Getenv("DATABASE_URL"))
//	cfg.Tracer = otelwire.New()
//	c, err := conn.ConnectConfig(ctx, cfg)
//
// A span begins when Query is called and ends with its stream, so that its duration contains the time in which the program
// works on the rows. The event "first row" tells when the first one had come. The span is a child of the span in the context
// that Query was given.
//
// Names and attributes are those of OpenTelemetry's conventions for database clients: db.system.name, db.namespace,
// server.address, server.port, db.response.status_code (the SQLSTATE), db.response.returned_rows, error.type, and
// db.query.text where WithQueryText asks for it. Beside them stand fraiseql.entity, fraiseql.response.bytes and
// fraiseql.status (success, error or cancelled). No span holds the value of an argument, a row, or the text of an error.
//
// The package is a module of its own, so that programs that do not trace need nothing of OpenTelemetry.
package otelwire
