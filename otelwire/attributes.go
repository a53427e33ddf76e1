package otelwire

import "go.opentelemetry.io/otel/attribute"

// The attributes of OpenTelemetry's conventions for database clients ("Semantic conventions for database client
// spans"). They are defined here because they are few, and because the import path of the packages with constants
// changes with each release of the conventions.
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

// Attributes for which the conventions have no names.
const (
	keyEntity = attribute.Key("fraiseql.entity")
	keyBytes  = attribute.Key("fraiseql.response.bytes")
	keyStatus = attribute.Key("fraiseql.status")
)
