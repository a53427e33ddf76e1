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

// Config describes which server to connect to, as which user, and how. ParseConfig makes one from a connection
// string, but a literal may be used as well. The zero value of a field means its default. The settings are those of
// the PostgreSQL manual, chapter "libpq", sections "Parameter Key Words" and "SSL Support"; each field names its
// keyword.
//
// A Config is a plain value that belongs to the caller: ConnectConfig works on a copy. It is printed without its
// secrets, whatever the verb, as long as the field that contains it is exported; fmt prints unexported fields without
// calling any method.
type Config struct {
	Hosts    []Host // host, hostaddr, port; tried in this order; if empty, the default host
	Database string // dbname; default: the user
	User     string // user; default: the operating system user that runs the program
	Password string // password
	// PasswordFunc, if not nil, returns the password instead. It is called once for each host tried, with the context
	// of the connect, and must be safe for concurrent use if several connects share the Config.
	PasswordFunc func(ctx context.Context) (string, error)
	// PassFile is the password file (passfile) that is searched if neither Password nor PasswordFunc is set. Default:
	// .pgpass in the home directory. With os.DevNull, no file is read.
	PassFile string

	// TLS replaces all SSL settings except SSLNegotiation: if it is set, connections over TCP are always encrypted,
	// and verified as it specifies. It is cloned; an empty ServerName is set to the host's, unless InsecureSkipVerify
	// is set.
	TLS *tls.Config
	// SSLMode (sslmode) is SSLPrefer by default, or SSLVerifyFull if SSLRootCert is "system". Unix sockets are never
	// encrypted, whatever the mode.
	SSLMode        SSLMode
	SSLNegotiation SSLNegotiation // sslnegotiation; default SSLNegotiationPostgres
	SSLRootCert    string         // sslrootcert: a PEM file, or "system"; default ~/.postgresql/root.crt if it exists
	SSLCert        string         // sslcert: a PEM file; default ~/.postgresql/postgresql.crt if it exists
	SSLKey         string         // sslkey: a PEM file; default ~/.postgresql/postgresql.key
	SSLPassword    string         // sslpassword: decrypts SSLKey
	SSLCertMode    SSLCertMode    // sslcertmode; default SSLCertAllow
	SSLCRL         string         // sslcrl: a PEM file; default ~/.postgresql/root.crl if it exists
	SSLCRLDir      string         // sslcrldir: all files in it are read
	// DisableSNI (sslsni=0) omits the server's name from the TLS handshake. The name is still verified.
	DisableSNI bool
	// SSLMinProtocolVersion and SSLMaxProtocolVersion (ssl_min_protocol_version, ssl_max_protocol_version) are
	// versions as defined by crypto/tls. Defaults: tls.VersionTLS12, and no maximum.
	SSLMinProtocolVersion, SSLMaxProtocolVersion uint16

	ChannelBinding ChannelBinding // channel_binding; default ChannelBindingPrefer
	// RequireAuth (require_auth) lists the authentication methods that the server may request, or, each with a
	// leading "!", those that it may not: password, md5, gss, sspi, oauth, scram-sha-256, none. Default: any.
	RequireAuth []string
	// RequirePeer (requirepeer) is the operating system user that must run the server at the other end of a Unix
	// socket.
	RequirePeer string

	// MaxSCRAMIterations is the largest number of SCRAM iterations that a server may request; a larger number is
	// refused before anything is hashed. Default DefaultMaxSCRAMIterations.
	MaxSCRAMIterations int

	TargetSessionAttrs TargetSessionAttrs // target_session_attrs; default AnySession
	LoadBalanceHosts   LoadBalanceHosts   // load_balance_hosts; default LoadBalanceDisable
	// MinProtocolVersion and MaxProtocolVersion (min_protocol_version, max_protocol_version) are both Protocol30 by
	// default.
	MinProtocolVersion, MaxProtocolVersion ProtocolVersion

	// ConnectTimeout bounds the connect to each host, including the login. 0 means DefaultConnectTimeout, and a
	// negative value no timeout. In a connection string it is connect_timeout, in seconds, where zero or less means
	// no timeout.
	ConnectTimeout time.Duration
	// CancelTimeout bounds the cancel and the drain after a stream was left before its end. Default
	// DefaultCancelTimeout.
	CancelTimeout time.Duration

	DisableKeepalives  bool          // keepalives=0
	KeepalivesIdle     time.Duration // keepalives_idle, in seconds; 0: the system's default
	KeepalivesInterval time.Duration // keepalives_interval, in seconds; 0: the system's default
	KeepalivesCount    int           // keepalives_count; 0: the system's default
	TCPUserTimeout     time.Duration // tcp_user_timeout, in milliseconds; 0: the system's default

	// MaxRowSize and MaxMessageSize are the largest messages accepted from the server, in bytes without the type
	// byte: of a row, and of any other message. A larger message ends the connection, except an error or a notice,
	// whose texts are truncated. Defaults: protocol.DefaultRowLimit, 1 GiB, and protocol.DefaultMessageLimit, 1 MiB.
	MaxRowSize, MaxMessageSize int
	// RuntimeParams are run-time parameters of the session, such as application_name, options and TimeZone, by their
	// names in the manual's chapter "Server Configuration". They are sent in the StartupMessage. client_encoding is
	// always UTF8.
	RuntimeParams map[string]string

	// PrepareThreshold (prepare_threshold) is the number of times that the same text must run on a connection to be
	// prepared: the run with that number prepares it. 0: statements are never prepared; 1: each at its first run.
	PrepareThreshold int
	// StatementCacheSize (statement_cache_capacity) is the number of statements that a connection keeps prepared; the
	// least recently used one is closed to make room for another. Default DefaultStatementCacheSize.
	StatementCacheSize int

	// Dial makes the network connection; default: a net.Dialer with the keepalive settings. Network is "tcp" or
	// "unix".
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// OnNotice is called with each notice of the server, in the goroutine that reads it. It must not use the
	// connection.
	OnNotice func(*werr.ServerError)
	// Tracer is called for each attempt to connect and for each query. Default: none.
	Tracer Tracer
	// Logger receives log messages. Default: none are logged.
	Logger *slog.Logger

	scramKeys *auth.KeyCache // shared by the clones of a Config; nil: Clone makes one
}

// Clone returns a copy that shares nothing mutable: lists, maps and the TLS configuration are copied too. SCRAM keys
// are derived from a password once for a Clone and all clones of it, so a program that makes many connections should
// clone once and connect with the clone. No copy of the password is kept for that.
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

// WithDefaults returns a copy in which zero fields are set to their defaults, except that the names of files that
// default to the home directory stay empty. It looks at the operating system, but not at the PG* environment
// variables, which only ParseConfig reads.
func (c *Config) WithDefaults() *Config { return c.withDefaults(system()) }

// resolve returns the Config that a connect uses: a checked copy with its defaults.
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
