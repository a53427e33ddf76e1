package integration_test

import (
	"fmt"
	"os"
	"strings"
)

// differentialFiles are the files in the folder {dir}.
var differentialFiles = map[string]struct {
	text string
	mode os.FileMode
}{
	"passfile": {"# a comment\n\nnowhere:*:*:*:wrong\n{host}:{port}:postgres:wire_md5:postgres\n" +
		"{host}:*:*:wire_tls:postgres\n*:{port}:postgres:wire_scram:postgres\n*:*:*:wire_scram:wrong\n" +
		"*:*:*:wire_clear:wrong\n*:*:*:wire_clear:postgres\n", 0o600},
	"passfile-escaped": {`a\:b:*:*:wire_scram:postgres` + "\n" + `a\\b:*:*:wire_scram:postgres` + "\n" +
		`*:*:*:wire\_md5:postgres` + "\n", 0o600},
	// The passwords of blankRoles.
	"passfile-blanks": {"*:*:*:wire_blank:blank \n*:*:*:wire_blanks:  two blanks  \n*:*:*:wire_tab:tab\t\n" +
		`*:*:*:wire_colon:a\:b:ignored` + "\n" + `*:*:*:wire_backslash:a\\b\` + "\n" +
		"*:*:*:wire_scram:postgres \n *:*:*:wire_md5:postgres\n*:*:*:wire_clear :postgres\n", 0o600},
	"passfile-crlf":  {"*:*:*:nobody:x\r\n*:*:*:wire_scram:postgres\r\n", 0o600},
	"passfile-long":  {"*:*:*:" + strings.Repeat("x", 1<<17) + ":x\n*:*:*:wire_scram:postgres", 0o600},
	"passfile-first": {"*:*:*:wire_scram:\n*:*:*:wire_scram:postgres\n", 0o600},
	"passfile-open":  {"*:*:*:*:postgres\n", 0o644},
	"passfile-empty": {"", 0o600},
	"services": {"# services\n[trusted]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\n" +
		"application_name=from service\n\n[half]\nhost={host}\nport={port}\ndbname=postgres\n[scram]\nhost={host}\n" +
		"port={port}\nuser=wire_scram\npassword=postgres\ndbname=postgres\noptions=-c work_mem=7MB\n" +
		"[unknown]\nhost={host}\nno_such_keyword=1\n" +
		"[nested]\nservice=trusted\n" +
		"[twice]\nhost={host}\nport={port}\nuser=wire_nobody\nuser=wire_trust\ndbname=postgres\n" +
		"[trusted]\nuser=wire_nobody\n", 0o600},
	"pg_service.conf": {"[systemwide]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\n", 0o600},
	"services-odd": {"[noted] # a note\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\n" +
		"application_name=x # no note\n" +
		" \t[indented]\n  host={host}\n\tport={port}\n  # host=nowhere\n user=wire_trust\n dbname=postgres\n" +
		"[crlf]\r\nhost={host}\r\nport={port}\r\nuser=wire_trust\r\ndbname=postgres\r\n" +
		"[blank-before]\nhost ={host}\nport={port}\nuser=wire_trust\ndbname=postgres\n" +
		"[blank-behind]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\napplication_name= x\n" +
		"[blank-at-end]\nhost={host} \nport={port}\t\nuser=wire_trust\ndbname=postgres\napplication_name=x  \n" +
		"[quoted]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\napplication_name='a b'\n" +
		"[half-noted # not\nhost={host}\n[not] ]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\n" +
		"[a]b]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\n" +
		"[last]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres", 0o600},
	"services-broken": {"[trusted]\nhost={host}\nport={port}\nuser=wire_trust\ndbname=postgres\n" +
		"[noequals]\nhost\n", 0o600},
	"key-open": {"", 0o644},
}

// differentialCases returns all cases, with the server's facts filled in.
func differentialCases(places map[string]string) []connectCase {
	cases := roleCases()
	for _, more := range [][]connectCase{
		pairCases, uriCases, environmentCases, serviceCases, passfileCases, encryptionCases, sessionCases, newerCases,
		differences,
	} {
		cases = append(cases, more...)
	}
	var placed []connectCase
	for _, c := range cases {
		if places["socket"] == "" && strings.Contains(fmt.Sprint(c), "{socket") {
			continue
		}
		c.dsn = inPlace(places, c.dsn)
		env := make([]string, len(c.env))
		for i, e := range c.env {
			env[i] = inPlace(places, e)
		}
		c.env = env
		placed = append(placed, c)
	}
	return placed
}

// at is the server without a user.
const at = "host={host} port={port} dbname=postgres "

// trusted is the server with the role that needs no credentials.
const trusted = at + "user=wire_trust "

// roleCases returns each role with each sslmode and each authority, with and without password and certificate.
func roleCases() []connectCase {
	var cases []connectCase
	const certificate = " sslcert={dir}/client-wire_cert.crt sslkey={dir}/client-wire_cert.key"
	for _, role := range []string{
		"wire_scram", "wire_md5", "wire_clear", "wire_trust", "wire_tls", "wire_cert", "wire_nobody",
	} {
		for _, mode := range []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"} {
			for _, root := range []string{" sslrootcert={dir}/ca.crt", " sslrootcert={dir}/other-ca.crt", ""} {
				if role != "wire_tls" && role != "wire_cert" && strings.Contains(root, "other") {
					continue
				}
				dsn := at + "user=" + role + " sslmode=" + mode + root
				switch role {
				case "wire_cert":
					cases = append(cases, connectCase{dsn: dsn}, connectCase{dsn: dsn + certificate})
				case "wire_trust":
					cases = append(cases, connectCase{dsn: dsn})
				default:
					cases = append(cases, connectCase{dsn: dsn + " password=postgres"})
				}
			}
		}
		cases = append(cases, connectCase{dsn: at + "user=" + role + " sslmode=disable"},
			connectCase{dsn: at + "user=" + role + " password=wrong sslmode=prefer"},
			connectCase{dsn: at + "user=" + role + " password=wrong sslmode=allow"})
	}
	return cases
}

// pairCases are about the syntax of keyword=value pairs.
var pairCases = []connectCase{
	{dsn: trusted},
	{dsn: "  " + trusted + " \t\n"},
	{dsn: "host = {host} port = {port} dbname = postgres user = wire_trust"},
	{dsn: "host\t=\n{host} port={port}\vdbname=postgres\fuser=wire_trust"},
	{dsn: "host='{host}' port='{port}' dbname='postgres' user='wire_trust'"},
	{dsn: trusted + "application_name='two words'"},
	{dsn: trusted + `application_name='it\'s'`},
	{dsn: trusted + `application_name=it\'s`},
	{dsn: trusted + `application_name='back\\slash'`},
	{dsn: trusted + `application_name=back\slash`},
	{dsn: trusted + `application_name=a\ b`},
	{dsn: trusted + `application_name=a'b`},
	{dsn: trusted + `application_name=''`},
	{dsn: trusted + "application_name="},
	{dsn: trusted + "application_name= user=wire_nobody"},
	{dsn: trusted + "application_name='not ended"},
	{dsn: trusted + `application_name='ended by \'`},
	{dsn: trusted + `application_name=ends with \`},
	{dsn: trusted + `application_name=x\`},
	{dsn: trusted + "application_name='a'b"},
	{dsn: trusted + "application_name='a'user=wire_nobody"},
	{dsn: trusted + "application_name=a=b"},
	{dsn: trusted + "application_name=änderung"},
	{dsn: trusted + "application_name=" + strings.Repeat("x", 100)},
	{dsn: trusted + "word"},
	{dsn: trusted + "word word=x"},
	{dsn: trusted + "=x"},
	{dsn: trusted + "USER=wire_nobody"},
	{dsn: trusted + "Application_Name=x"},
	{dsn: trusted + "no_such_keyword=x"},
	{dsn: trusted + "statement_timeout=100"},
	{dsn: trusted + "user=wire_nobody user=wire_trust"},
	{dsn: trusted + "user=wire_nobody"},
	{dsn: trusted + "dbname=template1"},
	{dsn: trusted + "dbname=no_such_database"},
	{dsn: trusted + "dbname=''"},
	{dsn: "host={host} port={port} user=wire_trust"},
	{dsn: "host={host} port={port} dbname=postgres user=''"},
	{dsn: at + "user=wire_scram password=' postgres'"},
	{dsn: at + "user=wire_scram password=''"},
	{dsn: at + `user=wire_scram password=post\gres`},
	{dsn: trusted + "password=not asked for"},
	{dsn: trusted + "password='not asked for'"},
	{dsn: "host={host},{host} port={port} dbname=postgres user=wire_trust"},
	{dsn: "host={host},{host} port={closed},{port} dbname=postgres user=wire_trust"},
	{dsn: "host={host},{host} port={port},{closed} dbname=postgres user=wire_trust"},
	{dsn: "host={host},{host} port={closed} dbname=postgres user=wire_trust"},
	{dsn: "host={host} port={closed},{port} dbname=postgres user=wire_trust"},
	{dsn: "host={host},{host} port={port},{port},{port} dbname=postgres user=wire_trust"},
	{dsn: "host={host},{host},{host} port={port},{port} dbname=postgres user=wire_trust"},
	{dsn: "host={host},{host} port=,{port} dbname=postgres user=wire_trust sslmode=disable"},
	{dsn: "host=no-such-host.invalid,{host} port={port} dbname=postgres user=wire_trust"},
	{dsn: "host=no-such-host.invalid port={port} dbname=postgres user=wire_trust"},
	{dsn: "host={host},{host} port={port},{port} dbname=postgres user=wire_scram password=wrong"},
	{dsn: "host=no-such-host.invalid hostaddr={host} port={port} dbname=postgres user=wire_trust"},
	{dsn: "hostaddr={host} port={port} dbname=postgres user=wire_trust"},
	{dsn: "hostaddr={host},{host} port={closed},{port} dbname=postgres user=wire_trust"},
	{dsn: "host=a,b hostaddr={host} port={port} dbname=postgres user=wire_trust"},
	{dsn: "hostaddr=localhost port={port} dbname=postgres user=wire_trust"},
	{dsn: "host=localhost port={port} dbname=postgres user=wire_trust"},
	{dsn: "host='{host} ' port={port} dbname=postgres user=wire_trust"},
	{dsn: "host={socket} port={port} dbname=postgres user=wire_nobody"},
	{dsn: "host={socket} port={port} dbname=postgres user=wire_scram"},
	{dsn: "host={socket} port={port} dbname=postgres user=postgres sslmode=require"},
	{dsn: "host={socket} port={port} dbname=postgres user=postgres sslmode=verify-full sslrootcert={dir}/ca.crt"},
	{dsn: "host={socket},{host} port={closed},{port} dbname=postgres user=wire_trust"},
	{dsn: "host=/no/such/folder port={port} dbname=postgres user=wire_trust"},
	{dsn: "host={host} port=0 dbname=postgres user=wire_trust"},
	{dsn: "host={host} port=65536 dbname=postgres user=wire_trust"},
	{dsn: "host={host} port=-1 dbname=postgres user=wire_trust"},
	{dsn: "host={host} port=x dbname=postgres user=wire_trust"},
	{dsn: "host={host} port={port}x dbname=postgres user=wire_trust"},
	{dsn: "host={host} port=' {port} ' dbname=postgres user=wire_trust"},
	{dsn: "host={host} port=0{port} dbname=postgres user=wire_trust"},
	{dsn: trusted + "connect_timeout=10"},
	{dsn: trusted + "connect_timeout=0"},
	{dsn: trusted + "connect_timeout=-1"},
	{dsn: trusted + "connect_timeout=x"},
	{dsn: trusted + "connect_timeout='10 '"},
	{dsn: trusted + "connect_timeout=1.5"},
	{dsn: trusted + "connect_timeout=99999999999"},
	{dsn: trusted + "keepalives=0"},
	{dsn: trusted + "keepalives=1 keepalives_idle=10 keepalives_interval=5 keepalives_count=3"},
	{dsn: trusted + "keepalives=x"},
	{dsn: trusted + "keepalives_idle=x"},
	{dsn: trusted + "tcp_user_timeout=1000"},
	{dsn: trusted + "tcp_user_timeout=x"},
}

// uriCases are about the syntax of URIs.
var uriCases = []connectCase{
	{dsn: "postgres://wire_trust@{host}:{port}/postgres"},
	{dsn: "postgresql://wire_trust@{host}:{port}/postgres"},
	// psql takes them for the names of databases on the default host, where there is no server.
	{dsn: "POSTGRES://wire_trust@{host}:{port}/postgres", env: []string{"PGHOST={dir}"}},
	{dsn: "http://wire_trust@{host}:{port}/postgres", env: []string{"PGHOST={dir}"}},
	{dsn: "postgres:wire_trust@{host}:{port}/postgres", env: []string{"PGHOST={dir}"}},
	{dsn: "postgres://wire_trust@{host}:{port}"},
	{dsn: "postgres://wire_trust@{host}:{port}/"},
	{dsn: "postgres://wire_trust@{host}:{port}/?dbname=postgres"},
	{dsn: "postgres://wire_trust@{host}:{port}?dbname=postgres"},
	{dsn: "postgres://wire_trust@{host}:{port}/template1?dbname=postgres"},
	{dsn: "postgres://wire_scram:postgres@{host}:{port}/postgres"},
	{dsn: "postgres://wire_scram:wrong@{host}:{port}/postgres"},
	{dsn: "postgres://wire_scram:%70ostgres@{host}:{port}/postgres"},
	{dsn: "postgres://wire%5Fscram:postgres@{host}:{port}/postgres"},
	{dsn: "postgres://wire%5fscram:postgres@{host}:{port}/postgres"},
	{dsn: "postgres://wire_scram:postgres%00@{host}:{port}/postgres"},
	{dsn: "postgres://wire_scram:postgres%2@{host}:{port}/postgres"},
	{dsn: "postgres://wire_scram:postgres%zz@{host}:{port}/postgres"},
	{dsn: "postgres://wire_scram:pos:tgres@{host}:{port}/postgres"},
	{dsn: "postgres://wire_scram:@{host}:{port}/postgres"},
	{dsn: "postgres://:postgres@{host}:{port}/postgres"},
	{dsn: "postgres://{host}:{port}/postgres?user=wire_trust"},
	{dsn: "postgres://{host}:{port}/postgres?user=wire_scram&password=postgres"},
	{dsn: "postgres://wire_nobody@{host}:{port}/postgres?user=wire_trust"},
	{dsn: "postgres:///postgres?host={host}&port={port}&user=wire_trust"},
	{dsn: "postgres://?host={host}&port={port}&user=wire_trust&dbname=postgres"},
	{dsn: "postgres://wire_trust@/postgres?host={host}&port={port}"},
	{dsn: "postgres://wire_trust@:{port}/postgres?host={host}"},
	{dsn: "postgres://wire_trust@{socket%}:{port}/postgres"},
	{dsn: "postgres:///postgres?host={socket%}&port={port}&user=wire_trust"},
	{dsn: "postgres:///postgres?host={socket}&port={port}&user=wire_trust"},
	{dsn: "postgres://wire_trust@{host}:{port},{host}:{port}/postgres"},
	{dsn: "postgres://wire_trust@{host}:{closed},{host}:{port}/postgres"},
	{dsn: "postgres://wire_trust@{host},{host}:{port}/postgres?sslmode=disable"},
	{dsn: "postgres://wire_trust@{host},{host}/postgres?port={port}"},
	{dsn: "postgres://wire_trust@{host}:,{host}:{port}/postgres?sslmode=disable"},
	{dsn: "postgres://wire_trust@[::1]:{closed},{host}:{port}/postgres"},
	{dsn: "postgres://wire_trust@[::1:{port}/postgres"},
	{dsn: "postgres://wire_trust@[]:{port}/postgres"},
	{dsn: "postgres://wire_trust@[::1]x:{port}/postgres"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=x"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name="},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=a+b"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=a%20b"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=a b"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=a=b"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=a%3Db%26c"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application%5Fname=x"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=x&"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?&application_name=x"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=x&&sslmode=disable"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?application_name=x&application_name=y"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?no_such_keyword=x"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?ssl=true"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?ssl=false"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?sslmode=require"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?sslmode=Require"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?options=-c%20work_mem%3D8MB"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?options=-c%20work_mem=8MB"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres?options=-c+work_mem%3D8MB"},
	{dsn: "postgres://wire_trust@{host}:{port}/post%67res"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres/x"},
	{dsn: "postgres://wire_trust@{host}:{port}/postgres#x"},
	{dsn: "postgres://wire_trust@{host}:x/postgres"},
	{dsn: "postgres://wire_trust@{host}:0/postgres"},
	{dsn: "postgres://wire_trust@{host}:{port}x/postgres"},
	{dsn: "postgres://wire_trust@{host}:{port}:1/postgres"},
	{dsn: "postgres://wire%74rust@{host}:{port}/postgres"},
}
