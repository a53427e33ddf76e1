package pgserver

import (
	"fmt"
	"sort"
	"strings"
)

// settings are the run-time parameters of every server that is started here (PostgreSQL manual, "Server
// Configuration"). The data is temporary, so nothing waits for a disk.
var settings = map[string]string{
	"fsync":              "off",
	"synchronous_commit": "off",
	"full_page_writes":   "off",
	"jit":                "off", // it takes longer than most of the queries, and some images lack LLVM
	"max_connections":    "300",
	"shared_buffers":     "128MB",
}

// hostBasedAuthentication is pg_hba.conf: who may log in, and how. The first matching line applies.
const hostBasedAuthentication = `local   all all             trust
hostssl all wire_cert  all  cert
host    all wire_cert  all  reject
hostssl all wire_tls   all  scram-sha-256
host    all wire_tls   all  reject
host    all wire_trust all  trust
host    all wire_clear all  password
host    all wire_md5   all  md5
host    all all        all  scram-sha-256
`

// roles is SQL, one statement per line, that creates the roles of the package comment.
var roles = strings.ReplaceAll(`CREATE ROLE wire_scram LOGIN PASSWORD '$';
CREATE ROLE wire_tls LOGIN PASSWORD '$';
CREATE ROLE wire_clear LOGIN PASSWORD '$';
CREATE ROLE wire_trust LOGIN;
CREATE ROLE wire_cert LOGIN;
SET password_encryption = 'md5';
CREATE ROLE wire_md5 LOGIN PASSWORD '$';
`, "$", Password)

// settingArguments returns the settings as arguments of the program postgres, in a fixed order.
func settingArguments(more ...string) []string {
	var args []string
	for name, value := range settings {
		args = append(args, fmt.Sprintf("%s=%s", name, value))
	}
	sort.Strings(args)
	args = append(args, more...)
	flags := make([]string, 0, 2*len(args))
	for _, arg := range args {
		flags = append(flags, "-c", arg)
	}
	return flags
}
