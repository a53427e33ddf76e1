package conn

import (
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// The same names are accepted as UTF8 from the user and from a server.
func TestNamesOfUTF8(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"UTF8": true, "utf8": true, "UTF-8": true, "utf_8": true, "Utf 8": true, "'utf8'": true,
		"UNICODE": true, "unicode": true, "Uni-code": true,
		"": false, "UTF": false, "UTF16": false, "UTF88": false, "LATIN1": false, "SQL_ASCII": false, "ÜTF8": false,
	} {
		_, err := parse("client_encoding="+dsn.Quote(name), testEnvironment(nil, nil))
		if set := err == nil; set != want && name != "" { // an empty value means that it is not set
			t.Errorf("%q in a connection string: %v", name, err)
		}
		c := Config{RuntimeParams: map[string]string{"client_encoding": name}}
		if err := c.Validate(); (err == nil) != want {
			t.Errorf("%q in RuntimeParams: %v", name, err)
		}
		var p parameters
		if err := p.set(&pgproto3.ParameterStatus{Name: "client_encoding", Value: name}); (err == nil) != want {
			t.Errorf("%q reported: %v", name, err)
		}
	}
}
