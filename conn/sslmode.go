package conn

// SSLMode says whether to encrypt a TCP connection, and what of the server's certificate to verify: sslmode. Manual:
// "SSL Support", table "SSL Mode Descriptions".
type SSLMode uint8

// The modes. The zero value stands for the default, SSLPrefer.
const (
	_             SSLMode = iota
	SSLDisable            // never encrypted
	SSLAllow              // encrypted only if the server refuses the login without
	SSLPrefer             // encrypted if the server can; else not
	SSLRequire            // encrypted; the certificate is verified as with SSLVerifyCA if there is a root certificate file
	SSLVerifyCA           // encrypted; the certificate comes from a trusted authority
	SSLVerifyFull         // encrypted; and it was issued for the host's name
)

var sslModeNames = []string{"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// String is the mode as in a connection string; empty for the zero value.
func (m SSLMode) String() string { return nameOf(sslModeNames, m) }

// SSLNegotiation says how encryption begins: sslnegotiation.
type SSLNegotiation uint8

// The ways to begin.
const (
	SSLNegotiationPostgres SSLNegotiation = iota // the server is asked first, with an SSLRequest
	SSLNegotiationDirect                         // TLS from the first byte: PostgreSQL 17; SSLRequire or stronger
)

var sslNegotiationNames = []string{"postgres", "direct"}

// String is the value as in a connection string.
func (n SSLNegotiation) String() string { return nameOf(sslNegotiationNames, n) }

// SSLCertMode says whether to show a client certificate: sslcertmode.
type SSLCertMode uint8

// The modes.
const (
	SSLCertAllow   SSLCertMode = iota // if the server asks for one, and there is one
	SSLCertDisable                    // never, even if there is one
	SSLCertRequire                    // the server must ask for one
)

var sslCertModeNames = []string{"allow", "disable", "require"}

// String is the mode as in a connection string.
func (m SSLCertMode) String() string { return nameOf(sslCertModeNames, m) }
