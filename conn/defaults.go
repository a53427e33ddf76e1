package conn

import (
	"crypto/tls"
	"strconv"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// Defaults of a Config, and of settings missing from a connection string.
const (
	// DefaultPort is the port of hosts without one.
	DefaultPort = 5432
	// DefaultConnectTimeout bounds the connect to one host. libpq has no timeout by default.
	DefaultConnectTimeout = 30 * time.Second
	// DefaultCancelTimeout bounds a cancel with its drain.
	DefaultCancelTimeout = 5 * time.Second
	// DefaultStatementCacheSize is the number of statements that a connection keeps prepared.
	DefaultStatementCacheSize = 256
	// DefaultMaxSCRAMIterations is the largest number of SCRAM iterations computed for a server, 1,000,000.
	DefaultMaxSCRAMIterations = auth.DefaultMaxIterations
	// DefaultSSLMinProtocolVersion is libpq's.
	DefaultSSLMinProtocolVersion = tls.VersionTLS12
	// DefaultSocketDirectory is the first place to look for a server on the same machine.
	DefaultSocketDirectory = "/var/run/postgresql"
	// FallbackSocketDirectory is the second place.
	FallbackSocketDirectory = "/tmp"
)

// withDefaults returns a copy of c whose zero fields are set from e and the constants above.
func (c *Config) withDefaults(e dsn.Environment) *Config {
	d := c.Clone()
	if len(d.Hosts) == 0 {
		d.Hosts = []Host{{}}
	}
	for i := range d.Hosts {
		d.Hosts[i] = d.Hosts[i].withDefaults(e)
	}
	if d.User == "" {
		d.User = e.User()
	}
	setDefault(&d.Database, d.User)
	if d.SSLMode == 0 && d.SSLRootCert == systemRoots {
		d.SSLMode = SSLVerifyFull
	}
	setDefault(&d.SSLMode, SSLPrefer)
	setDefault(&d.SSLMinProtocolVersion, DefaultSSLMinProtocolVersion)
	setDefault(&d.MinProtocolVersion, Protocol30)
	setDefault(&d.MaxProtocolVersion, max(Protocol30, d.MinProtocolVersion))
	setDefault(&d.ConnectTimeout, DefaultConnectTimeout)
	setDefault(&d.CancelTimeout, DefaultCancelTimeout)
	setDefault(&d.StatementCacheSize, DefaultStatementCacheSize)
	setDefault(&d.MaxSCRAMIterations, DefaultMaxSCRAMIterations)
	return d
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// withDefaults returns the host with a port, and with a name if it has neither a name nor an address: the socket
// directory /var/run/postgresql if it exists, as in packaged builds of libpq; else /tmp, as in libpq built from
// source, if a server listens there; else localhost.
func (h Host) withDefaults(e dsn.Environment) Host {
	if h.Port == 0 {
		h.Port = DefaultPort
	}
	if h.Name != "" || h.Addr != "" {
		return h
	}
	switch {
	case e.Exists(DefaultSocketDirectory):
		h.Name = DefaultSocketDirectory
	case e.Exists(socketPath(FallbackSocketDirectory, h.Port)):
		h.Name = FallbackSocketDirectory
	default:
		h.Name = "localhost"
	}
	return h
}

func socketPath(directory string, port uint16) string {
	return directory + "/.s.PGSQL." + strconv.Itoa(int(port))
}
