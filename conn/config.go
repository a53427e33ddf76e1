package conn

import (
	"context"
	"crypto/tls"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// Config says which server to reach, as whom, and how. ParseConfig makes one from a connection string; a literal
// works as well. The zero value of a field means its default. The settings and their meaning are those of the
// PostgreSQL manual, chapter "libpq", sections "Parameter Key Words" and "SSL Support"; each field names its keyword.
//
// A Config is a plain value: it is the caller's, and ConnectConfig works on a copy. It prints without its secrets,
// whatever the verb, as long as the field that holds it is exported; fmt reads unexported fields past every method.
type Config struct {
	Hosts    []Host // host, hostaddr, port; tried in this order; none: the default host
	Database string // dbname; default: the user
	User     string // user; default: the operating system's name of the user that runs the program
	Password string // password
	// PasswordFunc gives the password instead, once for each host tried. It is called with the context of the connect,
	// and must be safe for concurrent use if several connects share the Config.
	PasswordFunc func(ctx context.Context) (string, error)
	// PassFile is the password file (passfile) that is looked into when there is neither Password nor PasswordFunc.
	// Default: .pgpass in the home directory. os.DevNull means none.
	PassFile string

	// TLS replaces every SSL setting but SSLNegotiation: with it, connections over TCP are always encrypted, and verified
	// as it says. It is cloned; an empty ServerName is filled with the host's, unless InsecureSkipVerify is set.
	TLS *tls.Config
	// SSLMode (sslmode) is SSLPrefer by default, and SSLVerifyFull if SSLRootCert is "system". Unix sockets are never
	// encrypted, whatever the mode says.
	SSLMode        SSLMode
	SSLNegotiation SSLNegotiation // sslnegotiation; default SSLNegotiationPostgres
	SSLRootCert    string         // sslrootcert: a PEM file, or "system"; default ~/.postgresql/root.crt if it exists
	SSLCert        string         // sslcert: a PEM file; default ~/.postgresql/postgresql.crt if it exists
	SSLKey         string         // sslkey: a PEM file; default ~/.postgresql/postgresql.key
	SSLPassword    string         // sslpassword: decrypts SSLKey
	SSLCertMode    SSLCertMode    // sslcertmode; default SSLCertAllow
	SSLCRL         string         // sslcrl: a PEM file; default ~/.postgresql/root.crl if it exists
	SSLCRLDir      string         // sslcrldir: every file in it is read
	// DisableSNI (sslsni=0) keeps the server's name out of the TLS handshake. It is still verified.
	DisableSNI bool
	// SSLMinProtocolVersion and SSLMaxProtocolVersion (ssl_min_protocol_version, ssl_max_protocol_version) are versions
	// as in crypto/tls. Defaults: tls.VersionTLS12, and no maximum.
	SSLMinProtocolVersion, SSLMaxProtocolVersion uint16

	ChannelBinding ChannelBinding // channel_binding; default ChannelBindingPrefer
	// RequireAuth (require_auth) lists the authentication methods that the server may ask for, or, each with a leading
	// "!", those it may not: password, md5, gss, sspi, oauth, scram-sha-256, none. Default: any.
	RequireAuth []string
	// RequirePeer (requirepeer) is the operating system's name of the user that must run the server behind a unix socket.
	RequirePeer string

	// MaxSCRAMIterations bounds the iterations of SCRAM that a server may ask for: more are refused before anything is
	// hashed. Default DefaultMaxSCRAMIterations.
	MaxSCRAMIterations int

	TargetSessionAttrs TargetSessionAttrs // target_session_attrs; default AnySession
	LoadBalanceHosts   LoadBalanceHosts   // load_balance_hosts; default LoadBalanceDisable
	// MinProtocolVersion and MaxProtocolVersion (min_protocol_version, max_protocol_version) are both Protocol30 by
	// default.
	MinProtocolVersion, MaxProtocolVersion ProtocolVersion

	// ConnectTimeout bounds the connect to each host, login included. 0: DefaultConnectTimeout; negative: none. In a
	// connection string it is connect_timeout, in seconds, where 0 and less mean none.
	ConnectTimeout time.Duration
	// CancelTimeout bounds cancel and drain after a stream was left. Default DefaultCancelTimeout.
	CancelTimeout time.Duration

	DisableKeepalives  bool          // keepalives=0
	KeepalivesIdle     time.Duration // keepalives_idle, in seconds; 0: the system's default
	KeepalivesInterval time.Duration // keepalives_interval, in seconds; 0: the system's default
	KeepalivesCount    int           // keepalives_count; 0: the system's default
	TCPUserTimeout     time.Duration // tcp_user_timeout, in milliseconds; 0: the system's default

	// MaxRowSize and MaxMessageSize bound what is accepted of the server, in bytes of a message without its type byte: of
	// a row, and of any other message. What is larger ends the connection, except an error or a notice, whose texts are
	// cut. Defaults: protocol.DefaultRowLimit, 1 GiB, and protocol.DefaultMessageLimit, 1 MiB.
	MaxRowSize, MaxMessageSize int
	// RuntimeParams are parameters of the session, application_name, options and TimeZone among them, by the names of
	// the manual's chapter "Server Configuration". They travel in the StartupMessage. client_encoding is always UTF8.
	RuntimeParams map[string]string

	// PrepareThreshold (prepare_threshold) is how often the same text must run on a connection before it is prepared: the
	// run of that number prepares it. 0: statements are never prepared; 1: each at its first run.
	PrepareThreshold int
	// StatementCacheSize (statement_cache_capacity) is how many statements a connection keeps prepared; the least recently
	// used one is closed for another. Default DefaultStatementCacheSize.
	StatementCacheSize int

	// Dial makes the network connection; default: a net.Dialer with the keepalive settings. Network is tcp or unix.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// OnNotice is given each notice of the server, in the goroutine that reads it. It must not use the connection.
	OnNotice func(*werr.ServerError)
	// Tracer is told of each attempt to connect and of each query. Default: none.
	Tracer Tracer
	// Logger is silent by default.
	Logger *slog.Logger

	scramKeys *auth.KeyCache // shared by the clones of a Config; nil: Clone makes one
}

// Clone returns a copy that shares nothing that could be changed: lists, maps and the TLS configuration are copied too.
// Keys of SCRAM are derived from a password once for a Clone and all clones of it, so that whoever makes many connections
// clones once and connects with the clone. No copy of the password is kept for that.
func (c *Config) Clone() *Config {
	clone := *c
	if clone.scramKeys == nil {
		clone.scramKeys = auth.NewKeyCache()
	}
	clone.Hosts = slices.Clone(c.Hosts)
	clone.RequireAuth = slices.Clone(c.RequireAuth)
	clone.RuntimeParams = maps.Clone(c.RuntimeParams)
	clone.TLS = c.TLS.Clone()
	return &clone
}

// WithDefaults returns a copy in which fields left zero have their defaults, as far as these are values of their own:
// files that default to the home directory stay unnamed. It looks at the operating system, never at the PG*
// environment, which is ParseConfig's.
func (c *Config) WithDefaults() *Config { return c.withDefaults(system()) }

// resolve returns what a connect works with: a checked copy with its defaults.
func (c *Config) resolve() (*Config, error) {
	if c == nil {
		return nil, &werr.ConfigError{Detail: "the configuration is nil; use ParseConfig or a Config literal"}
	}
	return c.resolveIn(system())
}

func (c *Config) resolveIn(e dsn.Environment) (*Config, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	resolved := c.withDefaults(e)
	if resolved.User == "" {
		return nil, &werr.ConfigError{Key: "user", Detail: "the operating system does not name the user; set it"}
	}
	return resolved, resolved.Validate()
}
