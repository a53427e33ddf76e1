package conn

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

const services = `# a comment
[other]
host=no

  [s] # note
	host=sh
port=7 
port=8
dbname=sd
user=su
sslmode=require

[s]
host=second
`

func TestService(t *testing.T) {
	t.Parallel()
	own, machine := "/home/os/.pg_service.conf", "/etc/postgresql-common/pg_service.conf"
	full := parsed(withHosts(Host{Name: "sh", Port: 7}), withUser("su", "sd"), func(c *Config) { c.SSLMode = SSLRequire })
	for _, test := range []struct {
		name, dsn        string
		variables, files map[string]string
		want             *Config
	}{
		{"own file", "service=s", nil, map[string]string{own: services}, full},
		{"PGSERVICE", "", map[string]string{"PGSERVICE": "s"}, map[string]string{own: services}, full},
		{"URI", "postgres://?service=s", nil, map[string]string{own: services}, full},
		{"the string goes before PGSERVICE", "service=s", map[string]string{"PGSERVICE": "other"},
			map[string]string{own: services}, full},
		{"machine's file", "service=s", nil, map[string]string{machine: services}, full},
		{"machine's file, not in the own one", "service=s", nil, map[string]string{own: "[x]\n", machine: services}, full},
		{"own file first", "service=s", nil, map[string]string{own: services, machine: "[s]\nhost=no\n"}, full},
		{"PGSYSCONFDIR", "service=s", map[string]string{"PGSYSCONFDIR": "/c"},
			map[string]string{"/c/pg_service.conf": services}, full},
		{"PGSERVICEFILE", "service=s", map[string]string{"PGSERVICEFILE": "/f"},
			map[string]string{"/f": services, own: "[s]\nhost=no\n"}, full},
		{"servicefile", "service=s servicefile=/g", map[string]string{"PGSERVICEFILE": "/f"},
			map[string]string{"/g": services, "/f": "[s]\nhost=no\n"}, full},
		{"the string, the service, the environment, the default", "service=s user=du",
			map[string]string{"PGHOST": "eh", "PGUSER": "eu", "PGDATABASE": "ed", "PGAPPNAME": "ea"},
			map[string]string{own: "[s]\nhost=sh\nuser=su\n"},
			parsed(withHosts(Host{Name: "sh", Port: 5432}), withUser("du", "ed"), withParams("application_name", "ea"))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(test.dsn, testEnvironment(test.variables, test.files))
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffConfig(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestServiceRefuses(t *testing.T) {
	t.Parallel()
	own := "/home/os/.pg_service.conf"
	for _, test := range []struct {
		name      string
		variables map[string]string
		text      string
		key, says string
	}{
		{"no such section", nil, "[x]\nhost=h\n", "service", own},
		{"no such file", map[string]string{"PGSERVICEFILE": "/none"}, "[s]\n", "servicefile", "/none"},
		{"unknown keyword", nil, "[s]\nhots=h\n", "hots", own},
		{"refused keyword", nil, "[s]\nreplication=on\n", "replication", own},
		{"bad value", nil, "[s]\nport=x\n", "port", own},
		{"nested", nil, "[s]\nservice=t\n", "service", own},
		{"nested file", nil, "[s]\nservicefile=t\n", "servicefile", own},
		{"no pair", nil, "[s]\nhost\n", "servicefile", "line 2 of " + own},
		{"blank before =", nil, "[s]\nhost =h\n", "host", own},
		{"no section", nil, "host=h\n", "service", own},
		{"name and more", nil, "[s2]\nhost=h\n[ s]\nhost=h\n", "service", own},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := parse("service=s", testEnvironment(test.variables, map[string]string{own: test.text}))
			var got *werr.ConfigError
			if !errors.As(err, &got) || got.Key != test.key || !strings.Contains(got.Detail, test.says) {
				t.Errorf("got %v, error %v; want an error of %s with %q", c, err, test.key, test.says)
			}
		})
	}
}

func TestServiceFromDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(path, []byte(services), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", path)
	t.Setenv("PGSERVICE", "s")
	c, err := ParseConfig("")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Host{Name: "sh", Port: 7}); c.Hosts[0] != want {
		t.Errorf("got %v, want %v", c.Hosts[0], want)
	}
}

// A service file is parsed as by libpq.
func TestServiceSection(t *testing.T) {
	t.Parallel()
	own := "/home/os/.pg_service.conf"
	for _, test := range []struct {
		name, text string
		want       *Config
	}{
		{"blanks before and after", " \t[s]\n  password=p  \n", parsed(withPassword("p"))},
		{"blanks after the =", "[s]\npassword= p\n", parsed(withPassword(" p"))},
		{"an = in the value", "[s]\npassword=a=b\n", parsed(withPassword("a=b"))},
		{"quotes are part of the value", "[s]\npassword='p'\n", parsed(withPassword("'p'"))},
		{"a note after the header", "[s] # note\npassword=p\n", parsed(withPassword("p"))},
		{"a note after a value is part of it", "[s]\npassword=p # note\n", parsed(withPassword("p # note"))},
		{"an indented comment", "[s]\n  # host=no\npassword=p\n", parsed(withPassword("p"))},
		{"CRLF", "[s]\r\npassword=p\r\n", parsed(withPassword("p"))},
		{"no newline at the end", "[s]\npassword=p", parsed(withPassword("p"))},
		{"the first value", "[s]\npassword=p\npassword=q\n", parsed(withPassword("p"))},
		{"the first section", "[s]\npassword=p\n[x]\n[s]\npassword=q\n", parsed(withPassword("p"))},
		{"faults elsewhere", "host\n[x]\nhost\nhots=h\n[s]\npassword=p\n[y]\nhost\n", parsed(withPassword("p"))},
		{"an empty section", "[s]\n", parsed()},
		{"an empty value", "[s]\npassword=\n", parsed()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse("service=s", testEnvironment(nil, map[string]string{own: test.text}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffConfig(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
