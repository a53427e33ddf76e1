package fakepg

import (
	"crypto/sha256"
	"crypto/x509"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/xdg-go/scram"
)

// Names of mechanisms, as PostgreSQL offers them.
const (
	ScramSHA256     = "SCRAM-SHA-256"
	ScramSHA256Plus = "SCRAM-SHA-256-PLUS"
)

// SCRAM is a login with SCRAM (RFC 5802, RFC 7677). Its fields can make each of the steps incorrect; their zero values
// make a correct login.
type SCRAM struct {
	User, Password string
	Iterations     int      // default 4096
	Mechanisms     []string // default SCRAM-SHA-256, and with TLS also SCRAM-SHA-256-PLUS

	EditFirst func(serverFirst string) string     // r=...,s=...,i=...
	EditFinal func(serverFinal string) string     // v=...
	NoFinal   bool                                // AuthenticationOk at once, without the server's signature
	Accept    bool                                // accept every client, like a server that does not know the password
	Binding   func(certificateHash []byte) []byte // returns the data that the channel binding is compared with
}

// LoginSCRAM accepts the client if it has the password, and sends the greeting.
func (c *Conn) LoginSCRAM(user, password string) error {
	return SCRAM{User: user, Password: password}.Login(c)
}

// Login runs the login to its end, including the greeting.
func (s SCRAM) Login(c *Conn) error {
	if err := s.Authenticate(c); err != nil {
		return err
	}
	return c.Login()
}

// Authenticate runs the login up to the server-final-message, without AuthenticationOk.
func (s SCRAM) Authenticate(c *Conn) error {
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	initial, err := c.OfferSASL(s.mechanisms(c)...)
	if err != nil {
		return err
	}
	first, err := conversation.Step(string(initial.Data))
	if err != nil {
		return c.refuse("client-first-message: " + err.Error())
	}
	if s.EditFirst != nil {
		first = s.EditFirst(first)
	}
	answer, err := c.ContinueSASL(first)
	if err != nil {
		return err
	}
	final, err := conversation.Step(answer)
	switch {
	case err != nil && !s.Accept:
		return c.refuse("client-final-message: " + err.Error())
	case s.NoFinal:
		return nil
	}
	if s.EditFinal != nil {
		final = s.EditFinal(final)
	}
	return c.Send(&pgproto3.AuthenticationSASLFinal{Data: []byte(final)})
}

// OfferSASL offers mechanisms and reads the client's choice.
func (c *Conn) OfferSASL(mechanisms ...string) (*pgproto3.SASLInitialResponse, error) {
	if err := c.Send(&pgproto3.AuthenticationSASL{AuthMechanisms: mechanisms}); err != nil {
		return nil, err
	}
	if err := c.backend.SetAuthType(pgproto3.AuthTypeSASL); err != nil {
		return nil, err
	}
	return Expect[*pgproto3.SASLInitialResponse](c)
}

// ContinueSASL sends a challenge and reads the answer.
func (c *Conn) ContinueSASL(challenge string) (string, error) {
	if err := c.Send(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)}); err != nil {
		return "", err
	}
	if err := c.backend.SetAuthType(pgproto3.AuthTypeSASLContinue); err != nil {
		return "", err
	}
	answer, err := Expect[*pgproto3.SASLResponse](c)
	if err != nil {
		return "", err
	}
	return string(answer.Data), nil
}

func (s SCRAM) mechanisms(c *Conn) []string {
	switch {
	case s.Mechanisms != nil:
		return s.Mechanisms
	case c.tls != nil:
		return []string{ScramSHA256Plus, ScramSHA256}
	}
	return []string{ScramSHA256}
}

func (s SCRAM) conversation(c *Conn) (*scram.ServerConversation, error) {
	iterations := s.Iterations
	if iterations == 0 {
		iterations = 4096
	}
	client, err := scram.SHA256.NewClientUnprepped(s.User, s.Password, "")
	if err != nil {
		return nil, err
	}
	stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "fakepg salt bytes", Iters: iterations})
	if err != nil {
		return nil, err
	}
	// PostgreSQL takes the user from the StartupMessage and ignores the name in the exchange.
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return stored, nil })
	if err != nil {
		return nil, err
	}
	for _, m := range s.mechanisms(c) {
		if m == ScramSHA256Plus && c.certificate != nil {
			return server.NewConversationWithChannelBinding(s.binding(c.certificate)), nil
		}
	}
	return server.NewConversation(), nil
}

// binding returns the channel binding tls-server-end-point (RFC 5929) for a certificate signed with SHA-256.
func (s SCRAM) binding(certificate *x509.Certificate) scram.ChannelBinding {
	sum := sha256.Sum256(certificate.Raw)
	data := sum[:]
	if s.Binding != nil {
		data = s.Binding(data)
	}
	return scram.ChannelBinding{Type: scram.ChannelBindingTLSServerEndpoint, Data: data}
}
