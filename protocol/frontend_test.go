package protocol_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

func TestFrontendMessages(t *testing.T) {
	t.Parallel()
	for _, test := range frontendMessages {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			encoded, err := test.encode(nil)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "frontend_"+test.name, test.layout, encoded)
			after, err := test.encode([]byte("before"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]byte("before"), encoded...), after); diff != "" {
				t.Errorf("appended to other bytes (-want +got):\n%s", diff)
			}
		})
	}
}

// The layouts of messages and of their parts.
const (
	parse    = "type:1, length:4, statement:z, query:z, parameter types:2"
	bindHead = "type:1, length:4, portal:z, statement:z, parameter formats:2"
	rest     = "type:1, length:4, kind:1, portal:z, type:1, length:4, portal:z, rows:4, type:1, length:4"
)

var frontendMessages = []struct {
	name   string
	encode func(dst []byte) ([]byte, error)
	layout string
}{
	{"startup", func(dst []byte) ([]byte, error) {
		return protocol.AppendStartup(dst, pgproto3.ProtocolVersion30, map[string]string{"user": "ann"})
	}, "length:4, version:4, name:z, value:z, end:1"},
	{"startup_3_2", func(dst []byte) ([]byte, error) {
		return protocol.AppendStartup(dst, pgproto3.ProtocolVersion32, map[string]string{"user": "ann"})
	}, "length:4, version:4, name:z, value:z, end:1"},
	{"ssl_request", func(dst []byte) ([]byte, error) { return protocol.AppendSSLRequest(dst), nil },
		"length:4, code:4"},
	{"cancel_request", func(dst []byte) ([]byte, error) {
		return protocol.AppendCancelRequest(dst, 4711, []byte{9, 8, 7, 6})
	}, "length:4, code:4, process id:4, key:4"},
	{"cancel_request_long", func(dst []byte) ([]byte, error) {
		return protocol.AppendCancelRequest(dst, 4711, []byte("0123456789abcdef0123456789abcdef"))
	}, "length:4, code:4, process id:4, key:32"},
	{"password", func(dst []byte) ([]byte, error) { return protocol.AppendPassword(dst, "s3cret") },
		head + ", password:z"},
	{"sasl_initial_response", func(dst []byte) ([]byte, error) {
		return protocol.AppendSASLInitialResponse(dst, "SCRAM-SHA-256", []byte("n,,n=,r=abc"))
	}, head + ", mechanism:z, data length:4, data:*"},
	{"sasl_response", func(dst []byte) ([]byte, error) {
		return protocol.AppendSASLResponse(dst, []byte("c=biws,r=abc,p=cHJvb2Y="))
	}, head + ", data:*"},
	{"query", func(dst []byte) ([]byte, error) {
		return protocol.AppendQuery(dst, "select data from v_user", nil)
	}, parse + ", " + bindHead + ", parameters:2, result formats:2, " + rest},
	{"query_arguments", func(dst []byte) ([]byte, error) {
		return protocol.AppendQuery(dst, "select $1::json as data", [][]byte{[]byte("7"), nil, {}})
	}, parse + ", " + bindHead + ", parameters:2, value length:4, value:1, NULL:4, value length:4, " +
		"result formats:2, " + rest},
	{"simple_query", func(dst []byte) ([]byte, error) { return protocol.AppendSimpleQuery(dst, "select 1") },
		head + ", query:z"},
	{"simple_query_empty", func(dst []byte) ([]byte, error) { return protocol.AppendSimpleQuery(dst, "") },
		head + ", query:z"},
	{"parse_named", func(dst []byte) ([]byte, error) {
		return protocol.AppendParse(dst, "fraiseql_1", "select $1")
	}, parse},
	{"execute_named", func(dst []byte) ([]byte, error) {
		return protocol.AppendExecute(dst, "fraiseql_1", [][]byte{[]byte("role")}, false)
	}, bindHead + ", parameters:2, value length:4, value:4, result formats:2, " +
		"type:1, length:4, portal:z, rows:4"},
	{"close_statement", func(dst []byte) ([]byte, error) { return protocol.AppendClose(dst, "fraiseql_1"), nil },
		head + ", kind:1, statement:z"},
	{"sync", func(dst []byte) ([]byte, error) { return protocol.AppendSync(dst), nil }, head},
	{"terminate", func(dst []byte) ([]byte, error) { return protocol.AppendTerminate(dst), nil }, head},
}

// A server must read what was meant.
func TestQueryAsAServerReadsIt(t *testing.T) {
	t.Parallel()
	args := [][]byte{[]byte("42"), nil, {}}
	encoded, err := protocol.AppendQuery(nil, "select $1", args)
	if err != nil {
		t.Fatal(err)
	}
	server := pgproto3.NewBackend(bytes.NewReader(encoded), io.Discard)
	want := []pgproto3.FrontendMessage{
		&pgproto3.Parse{Query: "select $1"},
		&pgproto3.Bind{Parameters: args, ResultFormatCodes: []int16{}},
		&pgproto3.Describe{ObjectType: 'P'},
		&pgproto3.Execute{},
		&pgproto3.Sync{},
	}
	for _, want := range want {
		got, err := server.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if m, err := server.Receive(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("after the Sync: %v, %v", m, err)
	}
}

func TestStartupAsAServerReadsIt(t *testing.T) {
	t.Parallel()
	want := &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{
		"user": "ann", "database": "d", "client_encoding": "UTF8", "application_name": "", "options": "-c a=b"}}
	encoded, err := protocol.AppendStartup(nil, want.ProtocolVersion, want.Parameters)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgproto3.NewBackend(bytes.NewReader(encoded), io.Discard).ReceiveStartupMessage()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(pgproto3.FrontendMessage(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefusesToEncode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		encode func(dst []byte) ([]byte, error)
		config bool // a *errors.ConfigError, else a *errors.UsageError
		says   string
	}{
		{"NUL in a statement", func(dst []byte) ([]byte, error) {
			return protocol.AppendQuery(dst, "select 1\x00; drop", nil)
		}, false, "NUL"},
		{"NUL in a simple statement", func(dst []byte) ([]byte, error) {
			return protocol.AppendSimpleQuery(dst, "\x00")
		}, false, "NUL"},
		{"NUL in an argument", func(dst []byte) ([]byte, error) {
			return protocol.AppendQuery(dst, "select $1, $2", [][]byte{nil, []byte("a\x00b")})
		}, false, "$2"},
		{"too many arguments", func(dst []byte) ([]byte, error) {
			return protocol.AppendQuery(dst, "select 1", make([][]byte, 65536))
		}, false, "65536 arguments"},
		{"a key that is too long", func(dst []byte) ([]byte, error) {
			return protocol.AppendCancelRequest(dst, 1, make([]byte, 257))
		}, false, "key"},
		{"NUL in a password", func(dst []byte) ([]byte, error) {
			return protocol.AppendPassword(dst, "hunter2\x00")
		}, true, "NUL"},
		{"NUL in a parameter", func(dst []byte) ([]byte, error) {
			return protocol.AppendStartup(dst, 1, map[string]string{"application_name": "hunter2\x00user\x00postgres"})
		}, true, "NUL"},
		{"NUL in a parameter's name", func(dst []byte) ([]byte, error) {
			return protocol.AppendStartup(dst, 1, map[string]string{"a\x00b": "hunter2"})
		}, true, "NUL"},
		{"a parameter without a name", func(dst []byte) ([]byte, error) {
			return protocol.AppendStartup(dst, 1, map[string]string{"": "hunter2"})
		}, true, "no name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dst, err := test.encode([]byte("before"))
			var usage *werr.UsageError
			var config *werr.ConfigError
			if errors.As(err, &usage) == test.config || errors.As(err, &config) != test.config {
				t.Fatalf("error %T %v, want a ConfigError: %t", err, err, test.config)
			}
			if text := fmt.Sprint(err); !strings.Contains(text, test.says) || strings.Contains(text, "hunter2") {
				t.Errorf("error %q, want it to say %q and no value", text, test.says)
			}
			if string(dst) != "before" {
				t.Errorf("returned %q, want what was there before", dst)
			}
		})
	}
	if out, err := protocol.AppendQuery(nil, "select 1", make([][]byte, 65535)); err != nil || len(out) < 4*65535 {
		t.Errorf("65535 arguments: %d bytes, %v", len(out), err)
	}
}
