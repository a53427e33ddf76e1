package auth

import (
	"crypto"
	_ "crypto/sha256" // links the hashes that a binding may need
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
)

// ChannelBinding determines whether the login must be bound to the TLS connection. The values are those of
// conn.ChannelBinding.
type ChannelBinding uint8

// The choices.
const (
	BindingPrefer  ChannelBinding = iota // if both sides support it
	BindingDisable                       // never
	BindingRequire                       // otherwise the login fails
)

// bindingHashes are the hash functions of tls-server-end-point by the signature of the server's certificate (RFC 5929,
// section 4.1): the signature's own, and SHA-256 in place of MD5 and SHA-1.
var bindingHashes = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.MD5WithRSA:       crypto.SHA256,
	x509.SHA1WithRSA:      crypto.SHA256,
	x509.DSAWithSHA1:      crypto.SHA256,
	x509.ECDSAWithSHA1:    crypto.SHA256,
	x509.DSAWithSHA256:    crypto.SHA256,
	x509.SHA256WithRSA:    crypto.SHA256,
	x509.SHA256WithRSAPSS: crypto.SHA256,
	x509.ECDSAWithSHA256:  crypto.SHA256,
	x509.SHA384WithRSA:    crypto.SHA384,
	x509.SHA384WithRSAPSS: crypto.SHA384,
	x509.ECDSAWithSHA384:  crypto.SHA384,
	x509.SHA512WithRSA:    crypto.SHA512,
	x509.SHA512WithRSAPSS: crypto.SHA512,
	x509.ECDSAWithSHA512:  crypto.SHA512,
}

// EndPointBinding returns the channel binding data of type tls-server-end-point: a hash of the server's certificate. It
// returns nil if RFC 5929 defines none, as for an Ed25519 signature, which has no separate hash function.
func EndPointBinding(state tls.ConnectionState) []byte {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	certificate := state.PeerCertificates[0]
	hash, ok := bindingHashes[certificate.SignatureAlgorithm]
	if !ok {
		return nil
	}
	h := hash.New()
	h.Write(certificate.Raw)
	return h.Sum(nil)
}
