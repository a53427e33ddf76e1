package otelwire

import "go.opentelemetry.io/otel/attribute"

// The attributes of OpenTelemetry's conventions for database clients ("Semantic conventions for database client spans"),
// written out: they are few, and the packages with constants have a version in their path that would change with each
// release of the conventions.
const (
	keySystem       = attribute.Key("db.system.name")
	keyNamespace    = attribute.Key("db.namespace")
	keyQueryText    = attribute.Key("db.query.text")
	keyStatusCode   = attribute.Key("db.response.status_code")
	keyReturnedRows = attribute.Key("db.response.returned_rows")
	keyAddress      = attribute.Key("server.address")
	keyPort         = attribute.Key("server.port")
	keyErrorType    = attribute.Key("error.type")
)

// The conventions have no names for these.
const (
	keyEntity = attribute.Key("fraiseql.entity")
	keyBytes  = attribute.Key("fraiseql.response.bytes")
	keyStatus = attribute.Key("fraiseql.status")
)
