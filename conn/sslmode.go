package conn

// SSLMode controls whether a TCP connection is encrypted, and how the server's certificate is verified: sslmode.
// Manual: "SSL Support", table "SSL Mode Descriptions".
type SSLMode uint8

// The values of SSLMode. The zero value means the default, SSLPrefer.
const (
	_             SSLMode = iota
	SSLDisable            // never encrypted
	SSLAllow              // encrypted only if the server refuses an unencrypted login
	SSLPrefer             // encrypted if the server supports it
	SSLRequire            // encrypted; with a root certificate file, the certificate is verified as by SSLVerifyCA
	SSLVerifyCA           // encrypted; the certificate must be from a trusted authority
	SSLVerifyFull         // encrypted; it must also be issued for the host's name
)

var sslModeNames = []string{"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// String returns the mode as in a connection string; empty for the zero value.
func (m SSLMode) String() string { return nameOf(sslModeNames, m) }

// SSLNegotiation controls how encryption begins: sslnegotiation.
type SSLNegotiation uint8

// The values of SSLNegotiation.
const (
	SSLNegotiationPostgres SSLNegotiation = iota // the server is asked first, with an SSLRequest
	SSLNegotiationDirect                         // TLS from the first byte: PostgreSQL 17; SSLRequire or stronger
)

var sslNegotiationNames = []string{"postgres", "direct"}

// String returns the value as in a connection string.
func (n SSLNegotiation) String() string { return nameOf(sslNegotiationNames, n) }

// SSLCertMode controls whether a client certificate is sent: sslcertmode.
type SSLCertMode uint8

// The values of SSLCertMode.
const (
	SSLCertAllow   SSLCertMode = iota // if the server asks for one, and there is one
	SSLCertDisable                    // never, even if there is one
	SSLCertRequire                    // the server must ask for one
)

var sslCertModeNames = []string{"allow", "disable", "require"}

// String returns the mode as in a connection string.
func (m SSLCertMode) String() string { return nameOf(sslCertModeNames, m) }
