package integration_test

// Reasons for differences.
const (
	rawAt      = "a raw @ behind the user is more often the rest of a password than part of a name"
	namedFile  = "an ssl file that was named must exist"
	onlyUTF8   = "JSON is UTF-8"
	emptyUnset = "an environment variable that is set but empty counts as not set"
	psqlsOwn   = "psql sets fallback_application_name itself, and that is stronger than the connection string's"
	digits     = "a port is digits"
	noSign     = "0 and less mean the system's default, as the manual says of 0; libpq hands the number to the system"
	around     = "white space around a URI is not part of it"
	badRoots   = "authorities that cannot be read are an error in every mode; libpq continues unencrypted if allowed"
	trustedPEM = "TRUSTED CERTIFICATE is a format of OpenSSL alone"
	noReplicas = "replication connections are not supported"
)

// differences are the cases in which the library deliberately differs from psql.
var differences = []connectCase{
	{dsn: "postgres://wire_trust@x@y/postgres?hostaddr={host}&port={port}", differs: rawAt, want: refusesIt},
	{dsn: trusted + "sslmode=require sslrootcert={dir}/no-such-file", differs: namedFile, want: refusesIt},
	{dsn: trusted + "sslmode=require sslcert={dir}/no-such-file", differs: namedFile, want: refusesIt},
	{dsn: trusted + "sslmode=require sslrootcert={dir}/ca.crt sslcrl={dir}/no-such-file", differs: namedFile,
		want: refusesIt},
	{dsn: trusted + "client_encoding=LATIN1", differs: onlyUTF8, want: refusesIt},
	{dsn: trusted, env: []string{"PGCLIENTENCODING=LATIN1"}, differs: onlyUTF8, want: refusesIt},
	{dsn: trusted, env: []string{"PGSSLMODE="}, differs: emptyUnset, want: letIn},
	{dsn: "host={host} port=+{port} dbname=postgres user=wire_trust", differs: digits, want: refusesIt},
	{dsn: trusted + "keepalives_idle=-1", differs: noSign, want: letIn},
	{dsn: " postgres://wire_trust@{host}:{port}/postgres", differs: around, want: letIn},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres ", differs: around, want: letIn},
	{dsn: trusted + "sslmode=prefer sslrootcert={dir}/ca-damaged.crt", differs: badRoots, want: refusesIt},
	{dsn: trusted + "client_encoding=UTF16", differs: onlyUTF8, want: refusesIt},
	{dsn: trusted + "sslmode=verify-ca sslrootcert={dir}/ca-trusted.crt", differs: trustedPEM, want: refusesIt},
	{dsn: trusted + "fallback_application_name=x", differs: psqlsOwn, want: letIn},
	{dsn: trusted + "replication=database", differs: noReplicas, want: refusesIt},
}
