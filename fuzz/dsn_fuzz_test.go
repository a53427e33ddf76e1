package fuzz

import (
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// FuzzDSN parses a connection string, prints the result, and parses that: it must be the same, except for the
// password, which is not printed. The same string with a password inserted in several places must not reveal it,
// neither in an error nor when printed.
func FuzzDSN(f *testing.F) {
	for _, dsn := range []string{
		"", "postgres://u:p@h:5432/d?sslmode=require", "postgresql://[::1]:1,b:2/?target_session_attrs=any",
		"host=/tmp,@x,h hostaddr=,,::1 port=1,2,3 user='a b' options='-c a=b\\\\ c'", "sslrootcert=system connect_timeout=0",
		"postgres://u:p%zz@h", "postgres://u:p/w@h/d?x@y=z&w", "password=a b=c", "postgres://%2Ftmp?ssl=true&application_name=%25",
	} {
		f.Add(dsn)
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			f.Setenv(name, "")
		}
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		if namesService(dsn) {
			return // it would read a file of this machine
		}
		checkPrintsBack(t, dsn)
		checkSecondReading(t, dsn)
		const mark = "m4rk3d-s3cr3t"
		before, after := dsn[:len(dsn)/2], dsn[len(dsn)/2:]
		for _, marked := range []string{
			"postgres://u:" + mark + before + "@" + after,
			"postgres://u:" + before + mark + "@" + after,
			"password=" + mark + dsn,
			"password='" + mark + dsn,
			before + " password='" + mark + "' " + after,
			"postgres://u@h/d?password=" + mark + dsn,
		} {
			checkHides(t, marked, mark)
		}
	})
}

// namesService reports whether a string could name a service. Any other string causes only the environment to be
// read.
func namesService(dsn string) bool {
	decoded := encoded.ReplaceAllStringFunc(dsn, func(code string) string {
		b, _ := hex.DecodeString(code[1:])
		return string(b)
	})
	return strings.Contains(decoded, "service")
}

var encoded = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

func checkPrintsBack(t *testing.T, dsn string) {
	c, err := conn.ParseConfig(dsn)
	if err != nil {
		return
	}
	again, err := conn.ParseConfig(c.String())
	if err != nil {
		t.Fatalf("%q prints as %q, which does not parse: %v", dsn, c, err)
	}
	for _, c := range []*conn.Config{c, again} {
		c.Password, c.SSLPassword = "", ""
	}
	if diff := cmp.Diff(c, again, cmpopts.IgnoreUnexported(conn.Config{})); diff != "" {
		t.Errorf("%q reads back differently (-first +second):\n%s", dsn, diff)
	}
}

func checkHides(t *testing.T, dsn, mark string) {
	c, err := conn.ParseConfig(dsn)
	if err != nil {
		if strings.Contains(err.Error(), mark) {
			t.Errorf("the error of %q shows the password: %v", dsn, err)
		}
		return
	}
	// If the mark is part of the password, it is hidden. A quote or an @ may have made it part of another setting,
	// which is printed.
	if strings.Contains(c.Password, mark) && strings.Contains(c.String(), mark) {
		t.Errorf("%q prints with its password: %s", dsn, c)
	}
}
