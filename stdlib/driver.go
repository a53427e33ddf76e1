package stdlib

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func init() { sql.Register("fraiseql-wire", wireDriver{}) }

// OpenDB is a database for cfg, which is cloned. It connects when it is first used.
func OpenDB(cfg *conn.Config) *sql.DB { return sql.OpenDB(&connector{cfg.Clone()}) }

type optionsKey struct{}

// WithOptions is a context that gives opts to the queries made with it, behind those that ctx has already.
func WithOptions(ctx context.Context, opts ...stream.Option) context.Context {
	before := optionsOf(ctx)
	return context.WithValue(ctx, optionsKey{}, append(before[:len(before):len(before)], opts...))
}

func optionsOf(ctx context.Context) []stream.Option {
	opts, _ := ctx.Value(optionsKey{}).([]stream.Option)
	return opts
}

// wireDriver is registered by the name fraiseql-wire.
type wireDriver struct{}

// Open connects. database/sql uses OpenConnector instead.
func (d wireDriver) Open(dsn string) (driver.Conn, error) {
	c, err := d.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return c.Connect(context.Background())
}

// OpenConnector reads the connection string once.
func (wireDriver) OpenConnector(dsn string) (driver.Connector, error) {
	cfg, err := conn.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return &connector{cfg}, nil
}

// connector makes connections of one configuration.
type connector struct{ cfg *conn.Config }

// Connect makes one.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	wire, err := conn.ConnectConfig(ctx, c.cfg)
	if err != nil {
		return nil, err
	}
	return &Conn{wire}, nil
}

// Driver is that of the connector.
func (*connector) Driver() driver.Driver { return wireDriver{} }
