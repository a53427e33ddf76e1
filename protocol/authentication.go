package protocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// authenticationKinds are the Authentication messages that pgproto3 decodes, by their first number. Their shapes
// check what follows the number.
var authenticationKinds = map[uint32]*kind{
	pgproto3.AuthTypeOk: {empty,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationOk{} }},
	pgproto3.AuthTypeCleartextPassword: {empty,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationCleartextPassword{} }},
	pgproto3.AuthTypeMD5Password: {fourBytes,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationMD5Password{} }},
	pgproto3.AuthTypeGSS: {empty,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationGSS{} }},
	pgproto3.AuthTypeGSSCont: {anything,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationGSSContinue{} }},
	pgproto3.AuthTypeSASL: {mechanisms,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationSASL{} }},
	pgproto3.AuthTypeSASLContinue: {anything,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationSASLContinue{} }},
	pgproto3.AuthTypeSASLFinal: {anything,
		func(*Decoder) pgproto3.BackendMessage { return &pgproto3.AuthenticationSASLFinal{} }},
}

// foreignKinds are methods that servers may ask for and that this library does not implement: see
// AuthenticationForeign.
var foreignKinds = map[uint32]string{2: "Kerberos V5", 6: "SCM credentials", 9: "SSPI"}

// AuthenticationForeign asks for a method that pgproto3 has no message for: Kerberos V5, SCM credentials or SSPI.
type AuthenticationForeign struct {
	Type uint32 // the number of the method, from the manual's "Message Formats"
}

// Backend marks a message of the server.
func (*AuthenticationForeign) Backend() {}

// AuthenticationResponse marks a message of the family of Authentication.
func (*AuthenticationForeign) AuthenticationResponse() {}

// Method names the method as the manual does.
func (a *AuthenticationForeign) Method() string {
	if name, ok := foreignKinds[a.Type]; ok {
		return name
	}
	return fmt.Sprintf("number %d", a.Type)
}

// Decode reads the body of the message.
func (a *AuthenticationForeign) Decode(body []byte) error {
	if len(body) != 4 {
		return errors.New("the body of such an authentication request has four bytes")
	}
	a.Type = binary.BigEndian.Uint32(body)
	return nil
}

// Encode appends the message to dst.
func (a *AuthenticationForeign) Encode(dst []byte) ([]byte, error) {
	dst = append(dst, authentication, 0, 0, 0, 8)
	return binary.BigEndian.AppendUint32(dst, a.Type), nil
}

// authenticationKind goes by the number that an Authentication message begins with.
func authenticationKind(body []byte) (*kind, error) {
	if len(body) < 4 {
		return nil, malformed(authentication, tooShort)
	}
	method := binary.BigEndian.Uint32(body)
	k := authenticationKinds[method]
	if k == nil && foreignKinds[method] != "" {
		k = &kind{empty, func(*Decoder) pgproto3.BackendMessage { return &AuthenticationForeign{} }}
	}
	if k == nil {
		return nil, malformed(authentication, "no authentication method has the number %d", method)
	}
	shape := k.shape
	return &kind{func(body []byte) string { return shape(body[4:]) }, k.message}, nil
}

func fourBytes(rest []byte) string {
	if len(rest) < 4 {
		return tooShort
	}
	return ended(rest[4:])
}

// mechanisms are strings, the last of them empty.
func mechanisms(rest []byte) string {
	for {
		i := bytes.IndexByte(rest, 0)
		switch {
		case i < 0:
			return unterminated
		case i == 0:
			return ended(rest[1:])
		}
		rest = rest[i+1:]
	}
}
