package conn

import (
	"crypto/tls"
	"strconv"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// Defaults of a Config, and of what a connection string leaves out.
const (
	// DefaultPort is the port of hosts without one.
	DefaultPort = 5432
	// DefaultConnectTimeout bounds the connect to one host. libpq has no bound.
	DefaultConnectTimeout = 30 * time.Second
	// DefaultCancelTimeout bounds cancel and drain.
	DefaultCancelTimeout = 5 * time.Second
	// DefaultStatementCacheSize is how many statements a connection keeps prepared.
	DefaultStatementCacheSize = 256
	// DefaultMaxSCRAMIterations is the most iterations of SCRAM that are computed for a server, 1,000,000.
	DefaultMaxSCRAMIterations = auth.DefaultMaxIterations
	// DefaultSSLMinProtocolVersion is libpq's.
	DefaultSSLMinProtocolVersion = tls.VersionTLS12
	// DefaultSocketDirectory is where a server on the same machine is looked for first.
	DefaultSocketDirectory = "/var/run/postgresql"
	// FallbackSocketDirectory is where it is looked for second.
	FallbackSocketDirectory = "/tmp"
)

// withDefaults returns a copy of c whose zero fields are filled from e and the constants above.
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

// withDefaults gives a host its port, and a name if it has neither a name nor an address: the socket directory
// /var/run/postgresql if it exists, as in packaged builds of libpq; else /tmp, as in libpq built from source, if a
// server listens there; else localhost.
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
