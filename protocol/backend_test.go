package protocol_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// backendCase is one message of a server. A message that ends in bytes of any length has open: with so many bytes of
// body, or more, it is valid.
type backendCase struct {
	name    string
	message pgproto3.BackendMessage
	layout  string
	open    int
}

const head = "type:1, length:4"

var backendCases = []backendCase{
	{"authentication_ok", &pgproto3.AuthenticationOk{}, head + ", method:4", 0},
	{"authentication_cleartext", &pgproto3.AuthenticationCleartextPassword{}, head + ", method:4", 0},
	{"authentication_md5", &pgproto3.AuthenticationMD5Password{Salt: [4]byte{1, 2, 3, 4}},
		head + ", method:4, salt:4", 0},
	{"authentication_gss", &pgproto3.AuthenticationGSS{}, head + ", method:4", 0},
	{"authentication_gss_continue", &pgproto3.AuthenticationGSSContinue{Data: []byte("token")},
		head + ", method:4, data:*", 4},
	{"authentication_sspi", &protocol.AuthenticationForeign{Type: 9}, head + ", method:4", 0},
	{"authentication_sasl",
		&pgproto3.AuthenticationSASL{AuthMechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}},
		head + ", method:4, mechanism:z, mechanism:z, end:1", 0},
	{"authentication_sasl_continue", &pgproto3.AuthenticationSASLContinue{Data: []byte("r=abc,s=c2FsdA==,i=4096")},
		head + ", method:4, data:*", 4},
	{"authentication_sasl_final", &pgproto3.AuthenticationSASLFinal{Data: []byte("v=c2ln")},
		head + ", method:4, data:*", 4},
	{"backend_key_data", &pgproto3.BackendKeyData{ProcessID: 4711, SecretKey: []byte{9, 8, 7, 6}},
		head + ", process id:4, key:4", 8},
	{"backend_key_data_long",
		&pgproto3.BackendKeyData{ProcessID: 4711, SecretKey: []byte("0123456789abcdef0123456789abcdef")},
		head + ", process id:4, key:32", 8},
	{"bind_complete", &pgproto3.BindComplete{}, head, 0},
	{"close_complete", &pgproto3.CloseComplete{}, head, 0},
	{"command_complete", &pgproto3.CommandComplete{CommandTag: []byte("SELECT 42")}, head + ", tag:z", 0},
	{"copy_both_response", &pgproto3.CopyBothResponse{ColumnFormatCodes: []uint16{0}},
		head + ", format:1, columns:2, format of column 1:2", 0},
	{"copy_data", &pgproto3.CopyData{Data: []byte("a\tb")}, head + ", data:*", -1},
	{"copy_done", &pgproto3.CopyDone{}, head, 0},
	{"copy_in_response", &pgproto3.CopyInResponse{OverallFormat: 1, ColumnFormatCodes: []uint16{1, 1}},
		head + ", format:1, columns:2, format of column 1:2, format of column 2:2", 0},
	{"copy_out_response", &pgproto3.CopyOutResponse{ColumnFormatCodes: []uint16{}},
		head + ", format:1, columns:2", 0},
	{"empty_query_response", &pgproto3.EmptyQueryResponse{}, head, 0},
	{"error_response",
		&pgproto3.ErrorResponse{Severity: "FEHLER", SeverityUnlocalized: "ERROR", Code: "42601", Message: "syntax error",
			Hint: "look again", Position: 8, Line: 1150, UnknownFields: map[byte]string{'z': "new"}},
		head + ", code:1, severity:z, code:1, severity:z, code:1, SQLSTATE:z, code:1, message:z, code:1, hint:z, " +
			"code:1, position:z, code:1, line:z, code:1, a field not known:z, end:1", 0},
	{"function_call_response", &pgproto3.FunctionCallResponse{Result: []byte("7")}, head + ", value length:4, value:1", 0},
	{"function_call_null", &pgproto3.FunctionCallResponse{}, head + ", value length:4", 0},
	{"negotiate_protocol_version",
		&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: 2, UnrecognizedOptions: []string{"_pq_.a", "_pq_.b"}},
		head + ", newest minor version:4, options:4, option:z, option:z", 0},
	{"no_data", &pgproto3.NoData{}, head, 0},
	{"notice_response", &pgproto3.NoticeResponse{Severity: "NOTICE", SeverityUnlocalized: "NOTICE", Code: "00000",
		Message: "hello"},
		head + ", code:1, severity:z, code:1, severity:z, code:1, SQLSTATE:z, code:1, message:z, end:1", 0},
	{"notification_response", &pgproto3.NotificationResponse{PID: 1, Channel: "c", Payload: "p"},
		head + ", process id:4, channel:z, payload:z", 0},
	{"parameter_description", &pgproto3.ParameterDescription{ParameterOIDs: []uint32{25, 114}},
		head + ", parameters:2, type:4, type:4", 0},
	{"parameter_status", &pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"}, head + ", name:z, value:z", 0},
	{"parse_complete", &pgproto3.ParseComplete{}, head, 0},
	{"portal_suspended", &pgproto3.PortalSuspended{}, head, 0},
	{"ready_for_query", &pgproto3.ReadyForQuery{TxStatus: 'I'}, head + ", status:1", 0},
	{"row_description", &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{
		{Name: []byte("data"), TableOID: 16384, TableAttributeNumber: 2, DataTypeOID: 3802, DataTypeSize: -1,
			TypeModifier: -1},
	}}, head + ", columns:2, name:z, table:4, attribute:2, type:4, type size:2, modifier:4, format:2", 0},
}

// encodeBackend is a message as a server sends it.
func encodeBackend(t testing.TB, m pgproto3.BackendMessage) []byte {
	t.Helper()
	b, err := m.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBackendMessages(t *testing.T) {
	t.Parallel()
	for _, test := range backendCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			encoded := encodeBackend(t, test.message)
			golden(t, "backend_"+test.name, test.layout, encoded)

			var d protocol.Decoder
			got, err := d.Decode(encoded[0], encoded[5:])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.message, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
		})
	}
}

// A body that is cut short or that goes on is malformed, whatever the frame around it says.
func TestBackendMessagesCutAndPadded(t *testing.T) {
	t.Parallel()
	for _, test := range backendCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			encoded := encodeBackend(t, test.message)
			typ, body := encoded[0], encoded[5:]
			for n := range body {
				if open := test.open != 0 && n >= test.open; !open {
					wantMalformed(t, typ, body[:n])
				}
			}
			if test.open == 0 {
				wantMalformed(t, typ, append(body[:len(body):len(body)], 0))
				wantMalformed(t, typ, append(body[:len(body):len(body)], 'x'))
			}
		})
	}
}

func wantMalformed(t *testing.T, typ byte, body []byte) {
	t.Helper()
	var d protocol.Decoder
	m, err := d.Decode(typ, body)
	var wrong *werr.ProtocolError
	if !errors.As(err, &wrong) {
		t.Errorf("%q % x: decoded to %#v, error %v; want a ProtocolError", typ, body, m, err)
		return
	}
	if wrong.Message != typ || wrong.Detail == "" {
		t.Errorf("%q % x: %+v does not say which message and what is wrong", typ, body, wrong)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		typ    byte
		body   string
		detail string
	}{
		{"a type that no server sends", 'Q', "select 1\x00", "no message of this type"},
		{"the type zero", 0, "", "no message of this type"},
		{"a row", 'D', "\x00\x01\xff\xff\xff\xff", "no message of this type"},
		{"an unknown method", 'R', "\x00\x00\x12\x67", "no authentication method has the number 4711"},
		{"mechanisms without end", 'R', "\x00\x00\x00\x0aSCRAM\x00", "does not end"},
		{"mechanisms with a last byte", 'R', "\x00\x00\x00\x0aSCRAM\x00x", "does not end"},
		{"an error without end", 'E', "SERROR\x00", "does not end"},
		{"an error that goes on", 'E', "SERROR\x00\x00Mmore\x00\x00", "bytes follow"},
		{"an error of nothing", 'E', "", "does not end"},
		{"a status of its own", 'Z', "X", "none of I, T and E"},
		{"two statuses", 'Z', "II", "bytes follow"},
		{"more columns than there are", 'T', "\x00\x02data\x00" + strings.Repeat("\x00", 18), "does not end"},
		{"fewer columns than there are", 'T', "\x00\x00data\x00" + strings.Repeat("\x00", 18), "bytes follow"},
		{"columns that wrap", 'T', "\xff\xff", "does not end"},
		{"more parameters than there are", 't', "\x00\x02\x00\x00\x00\x19", "disagrees"},
		{"fewer parameters than there are", 't', "\x00\x00\x00\x00\x00\x19", "disagrees"},
		{"a tag with a NUL", 'C', "SELECT\x001\x00", "bytes follow"},
		{"a key of none", 'K', "\x00\x00\x00\x01", "too short"},
		{"a key of 257 bytes", 'K', "\x00\x00\x00\x01" + strings.Repeat("k", 257), "longer than 256"},
		{"two billion options", 'v', "\x00\x00\x00\x00\x7f\xff\xff\xff", "disagrees"},
		{"four billion options", 'v', "\x00\x00\x00\x00\xff\xff\xff\xff", "disagrees"},
		{"a value of minus two", 'V', "\xff\xff\xff\xfe", "disagrees"},
		{"a NULL with bytes", 'V', "\xff\xff\xff\xffx", "disagrees"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantMalformed(t, test.typ, []byte(test.body))
			var d protocol.Decoder
			if _, err := d.Decode(test.typ, []byte(test.body)); !strings.Contains(fmt.Sprint(err), test.detail) {
				t.Errorf("error %v, want it to say %q", err, test.detail)
			}
		})
	}
}

// What is reused must not remember the message before.
func TestDecoderReuse(t *testing.T) {
	t.Parallel()
	wide := &pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, 3)}
	narrow := &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("data")}}}
	var d protocol.Decoder
	for _, want := range []*pgproto3.RowDescription{wide, narrow, {}, wide} {
		encoded := encodeBackend(t, want)
		got, err := d.Decode('T', encoded[5:])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(pgproto3.BackendMessage(want), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestForeignMethods(t *testing.T) {
	t.Parallel()
	for number, want := range map[uint32]string{2: "Kerberos V5", 6: "SCM credentials", 9: "SSPI", 77: "number 77"} {
		if got := (&protocol.AuthenticationForeign{Type: number}).Method(); got != want {
			t.Errorf("method %d is %q, want %q", number, got, want)
		}
	}
	if err := new(protocol.AuthenticationForeign).Decode([]byte("toolong")); err == nil {
		t.Error("seven bytes were decoded")
	}
}
