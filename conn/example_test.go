package conn_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The variables used in the examples below. The examples that need a server have no output to compare: they are
// compiled, but not run.
var (
	ctx = context.Background()
	c   *conn.Conn // made by conn.Connect
)

func ExampleConnect() {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	c, err := conn.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err) // one line with each address tried, and why it failed
	}
	defer c.Close(context.Background())
	fmt.Println("PostgreSQL", c.ServerParameter("server_version"))
}

// A literal can be used instead of a connection string. Zero fields have their defaults.
func ExampleConnectConfig() {
	c, err := conn.ConnectConfig(ctx, &conn.Config{
		Hosts:        []conn.Host{{Name: "db1.example.com"}, {Name: "db2.example.com"}},
		Database:     "shop",
		User:         "reader",
		PasswordFunc: func(context.Context) (string, error) { return os.Getenv("DB_TOKEN"), nil },
		SSLMode:      conn.SSLVerifyFull,
		SSLRootCert:  "system",

		TargetSessionAttrs: conn.PreferStandbySession,
		RuntimeParams:      map[string]string{"application_name": "reports", "statement_timeout": "60s"},
		Logger:             slog.Default(),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close(ctx)
}

// Both forms of a connection string mean the same, and no verb shows the password.
func ExampleParseConfig() {
	for _, dsn := range []string{
		"postgres://reader:secret@db.example.com/shop?sslmode=verify-full&sslrootcert=system",
		"host=db.example.com dbname=shop user=reader password=secret sslmode=verify-full sslrootcert=system",
	} {
		cfg, err := conn.ParseConfig(dsn)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(cfg.Hosts[0], cfg.Database, cfg.SSLMode, cfg.ConnectTimeout)
	}
	// Output:
	// db.example.com:5432 shop verify-full 30s
	// db.example.com:5432 shop verify-full 30s
}

func ExampleConn_Query() {
	s, err := c.Query(ctx, "SELECT data FROM v_user ORDER BY data->>'name'")
	if err != nil {
		log.Fatal(err) // an error of the server, or a result that is not one json column named data
	}
	defer s.Close()
	for s.Next() {
		fmt.Printf("%s\n", s.Row()) // valid until the next call to Next
	}
	if err := s.Err(); err != nil {
		log.Fatal(err)
	}
}

// Values are never part of the statement. The server infers their types; if it cannot, add a cast.
func ExampleConn_QueryArgs() {
	s, err := c.QueryArgs(ctx,
		`SELECT data FROM v_order WHERE data->>'status' = ANY($1) AND (data->>'placed')::timestamptz >= $2`,
		[]any{[]string{"open", "paid"}, time.Now().AddDate(0, 0, -7)},
		stream.WithEntity("recent_order"))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

func ExampleConn_Ping() {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	if err := c.Ping(ctx); err != nil {
		log.Print("do not use it any more: ", err)
	}
}

// The text that a program shows of its settings.
func ExampleConfig_String() {
	cfg, err := conn.ParseConfig("postgres://reader:secret@db.example.com/shop?application_name=reports")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cfg)
	// Output:
	// host=db.example.com port=5432 user=reader dbname=shop password=xxxxx sslmode=prefer application_name=reports
}
