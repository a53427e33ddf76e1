package auth

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"testing"
)

func TestEndPointBinding(t *testing.T) {
	t.Parallel()
	raw := []byte("a certificate")
	in256, in384, in512 := sha256.Sum256(raw), sha512.Sum384(raw), sha512.Sum512(raw)
	for algorithm, want := range map[x509.SignatureAlgorithm][]byte{
		x509.MD5WithRSA:                in256[:],
		x509.SHA1WithRSA:               in256[:],
		x509.ECDSAWithSHA1:             in256[:],
		x509.SHA256WithRSA:             in256[:],
		x509.SHA256WithRSAPSS:          in256[:],
		x509.ECDSAWithSHA256:           in256[:],
		x509.SHA384WithRSA:             in384[:],
		x509.ECDSAWithSHA384:           in384[:],
		x509.SHA512WithRSA:             in512[:],
		x509.SHA512WithRSAPSS:          in512[:],
		x509.ECDSAWithSHA512:           in512[:],
		x509.PureEd25519:               nil,
		x509.UnknownSignatureAlgorithm: nil,
	} {
		issuer := &x509.Certificate{Raw: []byte("an issuer"), SignatureAlgorithm: x509.SHA256WithRSA}
		server := &x509.Certificate{Raw: raw, SignatureAlgorithm: algorithm}
		got := EndPointBinding(tls.ConnectionState{PeerCertificates: []*x509.Certificate{server, issuer}})
		if string(got) != string(want) {
			t.Errorf("%v: %x, want %x", algorithm, got, want)
		}
	}
	if got := EndPointBinding(tls.ConnectionState{}); got != nil {
		t.Errorf("%x without a certificate", got)
	}
}
