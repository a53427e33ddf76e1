package fakepg

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"sync"
	"time"
)

// issued returns a server's TLS configuration with a certificate of TestAuthority.
var issued = sync.OnceValue(func() *tls.Config { return certified(TestAuthority(), nil) })

func certified(a *Authority, edit func(*x509.Certificate)) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.Issue(edit)}}
}

// user is the beginning of the parameters of a StartupMessage, which must not be sent unencrypted if TLS is required.
const user = "user\x00"

// tlsLies returns answers to SSLRequest.
func tlsLies() []Misbehaviour {
	login := SCRAM{Password: Password}.hostile
	protected := func(name string, hook SSLHook, want ...string) Misbehaviour {
		return Misbehaviour{Name: name, Params: "sslmode=require&" + withPassword, Over: OverTCP, Script: login,
			Server: []Option{OnSSLRequest(hook)}, Want: want, Forbidden: user}
	}
	refused := Encode(fatal("08P01", "evil text"+strings.TrimSuffix(nasty, "\x00")))
	rows := []Misbehaviour{
		protected("N although TLS is required", RefuseTLS, "tls"),
		protected("closed", CloseSSL, "tls", "connect", "io"),
		protected("garbage", AnswerSSL([]byte("x")), "protocol", "tls"),
		protected("NUL", AnswerSSL([]byte{0}), "protocol", "tls"),
		protected("s", AnswerSSL([]byte("s")), "protocol", "tls"),
		protected("G, as to GSSENCRequest", AnswerSSL([]byte("G")), "protocol", "tls"),
		protected("AuthenticationOk", AnswerSSL(Encode(ok())), "protocol", "tls"),
		// CVE-2021-23222: unencrypted bytes after S were taken for the server's first messages.
		protected("S, followed by a login", StuffTLS(issued(), append(Encode(ok()), Encode(Ready())...)), "protocol", "tls"),
		protected("S, followed by one byte", StuffTLS(issued(), []byte{'R'}), "protocol", "tls"),
		protected("S, followed by an error", StuffTLS(issued(), refused), "protocol", "tls"),
		protected("S, followed by AuthenticationOk", AnswerSSL(append([]byte{'S'}, Encode(ok())...)), "protocol", "tls"),
		protected("S, followed by an alert", AnswerSSL([]byte("S\x15\x03\x03\x00\x02\x02\x28")), "protocol", "tls"),
		protected("S, followed by EOF", func(c *Conn) error {
			if err := c.SendRaw([]byte("S")); err != nil {
				return err
			}
			return c.silentClose()
		}, "tls", "connect", "io"),
		protected("TLS 1.0", AcceptTLS(versions(tls.VersionTLS10)), "tls"),
		protected("TLS 1.1", AcceptTLS(versions(tls.VersionTLS11)), "tls"),
	}
	// CVE-2024-10977: text of a server that has not been authenticated must not be shown as the server's.
	evil := protected("an error", AnswerSSL(refused), "protocol", "tls", "server")
	evil.Hidden = "evil text"
	rows = append(rows, evil, silent(protected("nothing", SilentSSL, "timeout")),
		silent(protected("S, followed by nothing", AnswerSSL([]byte("S")), "timeout")),
		silent(protected("S, followed by half a handshake", AnswerSSL([]byte("S\x16\x03\x03\x00\x7a\x02")), "timeout")),
		Misbehaviour{Name: "N although TLS is preferred", Params: "sslmode=prefer&" + withPassword, Over: OverTCP,
			At: Nowhere, Rows: 2, Usable: true, Script: usable(func(c *Conn) error {
				if err := c.LoginSCRAM("fake", Password); err != nil {
					return err
				}
				return c.Answer(2)
			})},
		Misbehaviour{Name: "garbage although TLS is preferred", Params: "sslmode=prefer&" + withPassword, Over: OverTCP,
			Server: []Option{OnSSLRequest(AnswerSSL([]byte("x")))}, Script: login, Forbidden: Password,
			Want: []string{"protocol", "tls"}},
	)
	rows = append(rows, tlsBreaks()...)
	return append(named("TLS", rows), named("direct TLS", direct())...)
}

// tlsBreaks returns answers that are cut off under TLS.
func tlsBreaks() []Misbehaviour {
	return []Misbehaviour{
		{Name: "closed inside an answer", Over: OverTLS, At: AtRows, Rows: 2, Want: []string{"io"},
			Script: func(c *Conn) error {
				if err := answering(func(c *Conn) []byte { return append(c.Head(), Rows(2)...) })(c); err != nil {
					return err
				}
				return c.Close()
			}},
		{Name: "cut off inside an answer", Over: OverTLS, At: AtRows, Rows: 2, Want: []string{"io"},
			Script: func(c *Conn) error {
				if err := answering(func(c *Conn) []byte { return append(c.Head(), Rows(2)...) })(c); err != nil {
					return err
				}
				c.kill() // without close_notify
				return nil
			}},
		{Name: "unencrypted bytes inside an answer", Over: OverTLS, At: AtRows, Rows: 2,
			Want: []string{"tls", "io", "protocol"}, Script: func(c *Conn) error {
				if err := answering(func(c *Conn) []byte { return append(c.Head(), Rows(2)...) })(c); err != nil {
					return err
				}
				_, err := c.Socket().Write(End(2))
				return err
			}},
	}
}

// direct returns servers for clients that begin with the TLS handshake. Without ALPN they may be servers of any
// protocol ("SSL Session Encryption").
func direct() []Misbehaviour {
	handshake := func(protocols ...string) Script {
		return func(c *Conn) error {
			cfg := issued().Clone()
			cfg.NextProtos = protocols
			if err := c.Handshake(cfg); err != nil {
				return err
			}
			if _, err := c.Startup(); err != nil {
				return err
			}
			return c.Login()
		}
	}
	row := func(name string, s Script) Misbehaviour {
		return Misbehaviour{Name: name, Params: "sslmode=require&sslnegotiation=direct", Over: OverTCP,
			Server: []Option{Raw()}, Script: s, Want: []string{"tls", "protocol"}, Forbidden: user}
	}
	return []Misbehaviour{
		row("without ALPN", handshake()),
		row("with ALPN of HTTP", handshake("http/1.1")),
		row("a server that does not know it", func(c *Conn) error {
			if err := c.SendRaw(Encode(fatal("0A000", "unsupported frontend protocol"))); err != nil {
				return err
			}
			return c.CloseWrite()
		}),
	}
}

// certificates returns certificates that sslmode=verify-ca or verify-full must reject.
func certificates() []Misbehaviour {
	reject := func(name, mode string, cfg *tls.Config) Misbehaviour {
		return Misbehaviour{Name: name + ", " + mode, Params: "sslmode=" + mode + "&" + withPassword, Over: OverTCP,
			Script: SCRAM{Password: Password}.hostile, Server: []Option{OnSSLRequest(AcceptTLS(cfg))}, Want: []string{"tls"},
			Forbidden: user}
	}
	edited := func(edit func(*x509.Certificate)) *tls.Config { return certified(TestAuthority(), edit) }
	var rows []Misbehaviour
	for _, mode := range []string{"verify-ca", "verify-full"} {
		rows = append(rows,
			reject("another authority", mode, certified(NewAuthority(), nil)),
			reject("expired", mode, edited(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })),
			reject("not valid yet", mode, edited(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })),
			reject("a client's", mode, edited(func(c *x509.Certificate) {
				c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
			})),
		)
	}
	return named("certificate", append(rows,
		reject("another host", "verify-full", edited(func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"other.example"}, nil
		})),
		reject("another address", "verify-full", edited(func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = nil, []net.IP{net.IPv4(192, 0, 2, 1)}
		})),
		reject("only a common name", "verify-full", edited(func(c *x509.Certificate) {
			c.Subject.CommonName, c.DNSNames, c.IPAddresses = "127.0.0.1", nil, nil
		})),
		reject("the address at the beginning of a name", "verify-full", edited(func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"127.0.0.1.evil.example"}, nil
		})),
	))
}

// versions returns the configuration of a server that supports only one version of TLS.
func versions(version uint16) *tls.Config {
	cfg := issued().Clone()
	cfg.MinVersion, cfg.MaxVersion = version, version
	return cfg
}

func silent(m Misbehaviour) Misbehaviour {
	m.Silent = true
	return m
}

// silentClose closes the server's side for writing, and waits until the client closes.
func (c *Conn) silentClose() error {
	if err := c.CloseWrite(); err != nil {
		return err
	}
	return c.silentEnd()
}
