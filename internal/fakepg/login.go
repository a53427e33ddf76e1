package fakepg

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Login accepts the client without a password, and sends the greeting.
func (c *Conn) Login() error {
	return c.SendRaw(append(Encode(&pgproto3.AuthenticationOk{}), c.Greeting()...))
}

// Greet sends what follows AuthenticationOk.
func (c *Conn) Greet() error { return c.SendRaw(c.Greeting()) }

// Greeting returns what follows AuthenticationOk: the parameters of a correct server, BackendKeyData and ReadyForQuery.
func (c *Conn) Greeting() []byte {
	return append(Parameters(), Encode(
		&pgproto3.BackendKeyData{ProcessID: c.PID, SecretKey: c.Key},
		&pgproto3.ReadyForQuery{TxStatus: 'I'},
	)...)
}

// Parameters returns the ParameterStatus messages of a correct server.
func Parameters() []byte {
	return Encode(
		&pgproto3.ParameterStatus{Name: "server_version", Value: "17.0 (fake)"},
		&pgproto3.ParameterStatus{Name: "server_encoding", Value: "UTF8"},
		&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"},
		&pgproto3.ParameterStatus{Name: "integer_datetimes", Value: "on"},
		&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"},
		&pgproto3.ParameterStatus{Name: "DateStyle", Value: "ISO, MDY"},
		&pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"},
	)
}

// LoginCleartext asks for the password in clear text, and accepts the client if it is right.
func (c *Conn) LoginCleartext(password string) error {
	return c.password(&pgproto3.AuthenticationCleartextPassword{}, password)
}

// LoginMD5 asks for the MD5 hash of the password, and accepts the client if it is right.
func (c *Conn) LoginMD5(user, password string) error {
	salt := [4]byte{1, 2, 3, 4}
	inner := md5.Sum([]byte(password + user))
	outer := md5.Sum(append([]byte(hex.EncodeToString(inner[:])), salt[:]...))
	return c.password(&pgproto3.AuthenticationMD5Password{Salt: salt}, "md5"+hex.EncodeToString(outer[:]))
}

func (c *Conn) password(request pgproto3.BackendMessage, want string) error {
	if err := c.Send(request); err != nil {
		return err
	}
	answer, err := Expect[*pgproto3.PasswordMessage](c)
	if err != nil {
		return err
	}
	if answer.Password != want {
		return c.refuse(fmt.Sprintf("a wrong answer to %T", request))
	}
	return c.Login()
}

// refuse rejects a login as a server does, and fails the script.
func (c *Conn) refuse(why string) error {
	if err := c.Send(&pgproto3.ErrorResponse{
		Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "28P01", Message: "password authentication failed",
	}); err != nil {
		return err
	}
	return fmt.Errorf("login: %s", why)
}
