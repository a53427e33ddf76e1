package fakepg_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/xdg-go/scram"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		script fakepg.Script
		answer string
	}{
		{"password", func(c *fakepg.Conn) error { return c.LoginCleartext("geheim") }, "geheim"},
		{"md5", func(c *fakepg.Conn) error { return c.LoginMD5("u", "geheim") },
			"md5ea30953fcba6f83262d62791058b60bb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, fakepg.Start(t, tt.script))
			c.start()
			c.receive()
			c.send(&pgproto3.PasswordMessage{Password: tt.answer})
			c.untilReady()
		})
	}
}

// scramLogin is a correct client's login. It returns the result of checking the server-final-message.
func scramLogin(t *testing.T, c *client, mechanism string, binding *scram.ChannelBinding) error {
	t.Helper()
	user, err := scram.SHA256.NewClient("", "geheim", "")
	if err != nil {
		t.Fatal(err)
	}
	conversation := user.NewConversation()
	if binding != nil {
		conversation = user.NewConversationWithChannelBinding(*binding)
	}
	c.start()
	c.receive()
	first, err := conversation.Step("")
	if err != nil {
		t.Fatal(err)
	}
	c.send(&pgproto3.SASLInitialResponse{AuthMechanism: mechanism, Data: []byte(first)})
	challenge, ok := c.receive().(*pgproto3.AuthenticationSASLContinue)
	if !ok {
		t.Fatal("no SASLContinue received")
	}
	answer, err := conversation.Step(string(challenge.Data))
	if err != nil {
		return err
	}
	c.send(&pgproto3.SASLResponse{Data: []byte(answer)})
	final, ok := c.receive().(*pgproto3.AuthenticationSASLFinal)
	if !ok {
		t.Fatal("no SASLFinal received")
	}
	_, err = conversation.Step(string(final.Data))
	return err
}

func TestSCRAM(t *testing.T) {
	t.Parallel()
	lie := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	tests := []struct {
		name  string
		login fakepg.SCRAM
		valid bool
	}{
		{"honest", fakepg.SCRAM{Password: "geheim"}, true},
		{"another nonce", fakepg.SCRAM{Password: "geheim", EditFirst: lie("r=", "r=x"), Accept: true}, false},
		{"another proof", fakepg.SCRAM{Password: "geheim", EditFinal: lie("v=", "v=AAAA")}, false},
		{"another password, accepted", fakepg.SCRAM{Password: "other", Accept: true}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, fakepg.Start(t, tt.login.Login, fakepg.Tolerant()))
			if err := scramLogin(t, c, fakepg.ScramSHA256, nil); (err == nil) != tt.valid {
				t.Errorf("the client returned %v", err)
			}
			if tt.valid {
				c.untilReady()
			}
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := fakepg.StartTLS(t, fakepg.SCRAM{Password: "geheim"}.Login)
	c := connect(t, srv)
	c.encrypt(&tls.Config{RootCAs: fakepg.TestAuthority().Pool(), ServerName: "127.0.0.1"})
	leaf := c.Conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
	sum := sha256.Sum256(leaf.Raw)
	binding := scram.ChannelBinding{Type: scram.ChannelBindingTLSServerEndpoint, Data: sum[:]}
	if err := scramLogin(t, c, fakepg.ScramSHA256Plus, &binding); err != nil {
		t.Error(err)
	}
	c.untilReady()
	if bytes.Contains(srv.Wire(), []byte("SCRAM")) || !bytes.Contains(srv.Received(), []byte("SCRAM")) {
		t.Error("Wire is not encrypted, or Received not decrypted")
	}
}

func TestTLSHooks(t *testing.T) {
	t.Parallel()
	cfg := &tls.Config{Certificates: []tls.Certificate{fakepg.NewAuthority().Issue(
		func(c *x509.Certificate) { c.DNSNames = []string{"other.example"} })}}
	tests := []struct {
		name string
		hook fakepg.SSLHook
		want string
	}{
		{"refused", fakepg.RefuseTLS, "N"},
		{"stuffed", fakepg.StuffTLS(cfg, []byte("Z\x00\x00\x00\x05I")), "SZ\x00\x00\x00\x05I"},
		{"garbage", fakepg.AnswerSSL([]byte("HTTP")), "HTTP"},
		{"closed", fakepg.CloseSSL, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, fakepg.Start(t, fakepg.Honest(0), fakepg.OnSSLRequest(tt.hook), fakepg.Tolerant()))
			c.send(&pgproto3.SSLRequest{})
			got := make([]byte, len(tt.want)+1)
			n, _ := c.Read(got)
			if string(got[:n]) != tt.want {
				t.Errorf("answer %q, want %q", got[:n], tt.want)
			}
		})
	}
}
