package conn

import (
	"crypto/tls"
	"slices"
	"testing"
)

func TestEncryptions(t *testing.T) {
	t.Parallel()
	tcp, socket := Host{Name: "h"}, Host{Name: "/tmp"}
	for _, test := range []struct {
		name   string
		config Config
		host   Host
		want   []encryption
	}{
		{"default", Config{}, tcp, []encryption{sslRequest, plaintext}},
		{"disable", Config{SSLMode: SSLDisable}, tcp, []encryption{plaintext}},
		{"allow", Config{SSLMode: SSLAllow}, tcp, []encryption{plaintext, sslRequest}},
		{"prefer", Config{SSLMode: SSLPrefer}, tcp, []encryption{sslRequest, plaintext}},
		{"require", Config{SSLMode: SSLRequire}, tcp, []encryption{sslRequest}},
		{"verify-ca", Config{SSLMode: SSLVerifyCA}, tcp, []encryption{sslRequest}},
		{"verify-full", Config{SSLMode: SSLVerifyFull}, tcp, []encryption{sslRequest}},
		{"direct", Config{SSLMode: SSLRequire, SSLNegotiation: SSLNegotiationDirect}, tcp, []encryption{directTLS}},
		{"system", Config{SSLRootCert: "system"}, tcp, []encryption{sslRequest}},
		{"own", Config{TLS: &tls.Config{}}, tcp, []encryption{sslRequest}},
		{"own and prefer", Config{TLS: &tls.Config{}, SSLMode: SSLPrefer}, tcp, []encryption{sslRequest}},
		{"own and direct", Config{TLS: &tls.Config{}, SSLNegotiation: SSLNegotiationDirect}, tcp, []encryption{directTLS}},
		{"socket", Config{SSLMode: SSLVerifyFull}, socket, []encryption{plaintext}},
		{"socket and own", Config{TLS: &tls.Config{}}, socket, []encryption{plaintext}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.config.encryptions(test.host)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			for i, way := range got {
				for _, why := range []setback{sslRefused, handshakeFailed, loginRefused} {
					next, ok := test.config.fallback(test.host, way, why)
					want := i+1 < len(test.want) && (why != sslRefused || way == sslRequest)
					if ok != want || ok && next != test.want[i+1] {
						t.Errorf("after %v and %v: got %v, %t", way, why, next, ok)
					}
				}
			}
		})
	}
}
