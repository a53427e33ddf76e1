package protocol

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// The functions here append one message of the client to dst. With an error they return dst as it was, so that half a
// message is never sent.

// appendTo appends m to dst. What can be wrong with a message has been refused before: an error left is pgproto3's own.
func appendTo(dst []byte, m pgproto3.FrontendMessage) ([]byte, error) {
	out, err := m.Encode(dst)
	if err != nil {
		return dst, &werr.UsageError{Detail: err.Error()}
	}
	return out, nil
}

// AppendStartup appends a StartupMessage for a protocol version such as pgproto3.ProtocolVersion30. A parameter whose
// name is empty, or that holds a NUL, would end the list or begin another parameter: it is a *errors.ConfigError, which
// does not show the value.
func AppendStartup(dst []byte, version uint32, parameters map[string]string) ([]byte, error) {
	for name, value := range parameters {
		switch {
		case name == "":
			return dst, &werr.ConfigError{Key: name, Detail: "a run-time parameter has no name"}
		case strings.IndexByte(name, 0) >= 0:
			return dst, &werr.ConfigError{Key: name, Detail: "the name of a run-time parameter holds a NUL byte"}
		case strings.IndexByte(value, 0) >= 0:
			return dst, &werr.ConfigError{Key: name, Detail: "the value holds a NUL byte"}
		}
	}
	return appendTo(dst, &pgproto3.StartupMessage{ProtocolVersion: version, Parameters: parameters})
}

// AppendSSLRequest appends an SSLRequest. The answer is a single byte, not a frame.
func AppendSSLRequest(dst []byte) []byte {
	dst, _ = appendTo(dst, &pgproto3.SSLRequest{}) // cannot fail
	return dst
}

// AppendCancelRequest appends a CancelRequest with what BackendKeyData said: a key of up to 256 bytes.
func AppendCancelRequest(dst []byte, pid uint32, key []byte) ([]byte, error) {
	return appendTo(dst, &pgproto3.CancelRequest{ProcessID: pid, SecretKey: key})
}

// AppendPassword appends a PasswordMessage, with a password as it is or hashed for md5. One that holds a NUL, which
// would end it early, is a *errors.ConfigError.
func AppendPassword(dst []byte, password string) ([]byte, error) {
	if strings.IndexByte(password, 0) >= 0 {
		return dst, &werr.ConfigError{Key: "password", Detail: "the password holds a NUL byte"}
	}
	return appendTo(dst, &pgproto3.PasswordMessage{Password: password})
}

// AppendSASLInitialResponse appends the choice of a SASL mechanism and its first message.
func AppendSASLInitialResponse(dst []byte, mechanism string, data []byte) ([]byte, error) {
	return appendTo(dst, &pgproto3.SASLInitialResponse{AuthMechanism: mechanism, Data: data})
}

// AppendSASLResponse appends a later message of the SASL mechanism.
func AppendSASLResponse(dst, data []byte) ([]byte, error) {
	return appendTo(dst, &pgproto3.SASLResponse{Data: data})
}

// AppendSync appends a Sync.
func AppendSync(dst []byte) []byte {
	dst, _ = appendTo(dst, &pgproto3.Sync{}) // cannot fail
	return dst
}

// AppendTerminate appends a Terminate. The server answers it by closing the connection.
func AppendTerminate(dst []byte) []byte {
	dst, _ = appendTo(dst, &pgproto3.Terminate{}) // cannot fail
	return dst
}
