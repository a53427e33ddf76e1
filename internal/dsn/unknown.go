package dsn

import (
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// unknownKeyword returns the error for an unknown keyword, with what was probably meant. It names the keyword only if
// it looks like one: anything else may be part of a password.
func unknownKeyword(name string, given Value) error {
	detail := "unknown keyword; run-time parameters go into options (-c name=value) or Config.RuntimeParams"
	lower := strings.ToLower(name)
	foreign, isForeign := foreignParameters[lower]
	_, isKnown := Lookup(lower)
	switch {
	case !looksLikeKeyword(name):
		name = ""
	case isKnown:
		detail = "unknown keyword; keywords are in lower case: " + lower
	case isForeign:
		detail = "unknown keyword, a parameter of " + foreign
	}
	return &werr.ConfigError{Key: name, Detail: detail + given.Origin()}
}

func looksLikeKeyword(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
	return name != "" && len(name) < 64 && strings.Trim(name, letters) == ""
}

// foreignParameters are parameters of other clients, in lower case, that are often left in a connection string: the
// client, and what to use here instead.
var foreignParameters = map[string]string{
	"pgbouncer":        "Prisma; leave it out: queries are safe behind PgBouncer as they are",
	"schema":           "Prisma; set the schema with options=-c search_path=NAME",
	"connection_limit": "Prisma; leave it out: it sizes a pool, and this is one connection",
	"pool_timeout":     "Prisma; leave it out: the context of each call bounds it",
	"socket_timeout":   "Prisma; leave it out: the context of each call bounds it",
	"sslaccept":        "Prisma; use sslmode: verify-full for strict, require for accept_invalid_certs",
	"sslidentity":      "Prisma; use sslcert and sslkey, which are PEM files",

	"statement_cache_size":           "Prisma and asyncpg; use statement_cache_capacity",
	"prepared_statement_cache_size":  "SQLAlchemy; use statement_cache_capacity",
	"async_fallback":                 "SQLAlchemy; leave it out",
	"command_timeout":                "asyncpg; leave it out: the context of each call bounds it",
	"pool_max_conns":                 pgxpool,
	"pool_min_conns":                 pgxpool,
	"pool_min_idle_conns":            pgxpool,
	"pool_max_conn_lifetime":         pgxpool,
	"pool_max_conn_lifetime_jitter":  pgxpool,
	"pool_max_conn_idle_time":        pgxpool,
	"pool_health_check_period":       pgxpool,
	"pool_ping_timeout":              pgxpool,
	"default_query_exec_mode":        "pgx; use prepare_threshold",
	"description_cache_capacity":     "pgx; leave it out: descriptions are not cached",
	"prefer_simple_protocol":         "GORM; use stream.WithSimpleProtocol for a query",
	"binary_parameters":              "lib/pq; leave it out",
	"disable_prepared_binary_result": "lib/pq; leave it out",
	"sslinline":                      "lib/pq; set Config.TLS",

	"ssl":                   "JDBC; use sslmode",
	"sslfactory":            "JDBC; use sslmode",
	"sslhostnameverifier":   "JDBC; use sslmode=verify-full",
	"currentschema":         "JDBC; set the schema with options=-c search_path=NAME",
	"applicationname":       "JDBC; use application_name",
	"logintimeout":          "JDBC; use connect_timeout",
	"connecttimeout":        "JDBC; use connect_timeout",
	"sockettimeout":         "JDBC; leave it out: the context of each call bounds it",
	"targetservertype":      "JDBC; use target_session_attrs",
	"loadbalancehosts":      "JDBC; use load_balance_hosts",
	"tcpkeepalive":          "JDBC; use keepalives",
	"readonly":              "JDBC; use options=-c default_transaction_read_only=on",
	"preparethreshold":      "JDBC; use prepare_threshold",
	"preferquerymode":       "JDBC; use stream.WithSimpleProtocol for a query",
	"stringtype":            "JDBC; leave it out: the server infers the types of arguments",
	"binarytransfer":        "JDBC; leave it out",
	"rewritebatchedinserts": "JDBC; leave it out",
	"defaultrowfetchsize":   "JDBC; leave it out: rows are streamed",

	"pool":                "ActiveRecord; leave it out: it sizes a pool, and this is one connection",
	"encoding":            "ActiveRecord; leave it out: the encoding is UTF8",
	"prepared_statements": "ActiveRecord; use prepare_threshold",
	"statement_limit":     "ActiveRecord; use statement_cache_capacity",
	"uselibpqcompat":      "node-postgres; leave it out: sslmode means here what it means in libpq",
	"requiressl":          "old versions of libpq; use sslmode=require",
}

const pgxpool = "pgxpool; package pool takes some of these, and this is one connection"
