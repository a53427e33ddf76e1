package testbed

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Edit returns a connection string with changes to its URL.
func Edit(t testing.TB, dsn string, change func(u *url.URL)) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// SetQuery sets a parameter of a connection string's URL, for Edit.
func SetQuery(u *url.URL, key, value string) {
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // in a connection URI a plus sign is not a space
}

// OnHosts returns a connection string with another list of hosts.
func OnHosts(t testing.TB, dsn string, hosts ...string) string {
	t.Helper()
	return Edit(t, dsn, func(u *url.URL) { u.Host = strings.Join(hosts, ",") })
}

// HostOf returns the host and port of a connection string.
func HostOf(t testing.TB, dsn string) (host string) {
	t.Helper()
	Edit(t, dsn, func(u *url.URL) { host = u.Host })
	return host
}

// NamedApplication returns a connection string with an application name that only this test uses, and that name, for
// Observer.WaitNoQuery.
func NamedApplication(t testing.TB, dsn string) (with, application string) {
	t.Helper()
	application = regexp.MustCompile(`\W+`).ReplaceAllString(t.Name(), "_")
	application = fmt.Sprintf("%.50s_%d", application, os.Getpid()) // shorter than NAMEDATALEN; unique among runs
	return Edit(t, dsn, func(u *url.URL) { SetQuery(u, "application_name", application) }), application
}

// DeadAddress returns an address of this machine that nothing listens on.
func DeadAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // only its port is needed
	return l.Addr().String()
}

// SilentAddress returns an address that accepts connections and never sends anything.
func SilentAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) // it is no longer used
	return l.Addr().String()
}
