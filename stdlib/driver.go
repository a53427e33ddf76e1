package stdlib

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func init() { sql.Register("fraiseql-wire", wireDriver{}) }

// OpenDB returns a database for cfg, which is cloned. It connects when it is first used.
func OpenDB(cfg *conn.Config) *sql.DB { return sql.OpenDB(&connector{cfg.Clone()}) }

type optionsKey struct{}

// WithOptions returns a context that adds opts to the queries made with it, after those that ctx already has.
func WithOptions(ctx context.Context, opts ...stream.Option) context.Context {
	before := optionsOf(ctx)
	return context.WithValue(ctx, optionsKey{}, append(before[:len(before):len(before)], opts...))
}

func optionsOf(ctx context.Context) []stream.Option {
	opts, _ := ctx.Value(optionsKey{}).([]stream.Option)
	return opts
}

// wireDriver is registered under the name fraiseql-wire.
type wireDriver struct{}

// Open opens a connection. database/sql uses OpenConnector instead.
func (d wireDriver) Open(dsn string) (driver.Conn, error) {
	c, err := d.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return c.Connect(context.Background())
}

// OpenConnector parses the connection string, once for all connections.
func (wireDriver) OpenConnector(dsn string) (driver.Connector, error) {
	cfg, err := conn.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return &connector{cfg}, nil
}

// connector opens connections with one configuration.
type connector struct{ cfg *conn.Config }

// Connect opens a connection.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	wire, err := conn.ConnectConfig(ctx, c.cfg)
	if err != nil {
		return nil, err
	}
	return &Conn{wire}, nil
}

// Driver returns the driver of the connector.
func (*connector) Driver() driver.Driver { return wireDriver{} }
