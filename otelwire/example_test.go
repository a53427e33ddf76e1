package otelwire_test

import (
	"context"
	"log"
	"os"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/otelwire"
)

func ExampleNew() {
	ctx := context.Background()
	cfg, err := conn.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	cfg.Tracer = otelwire.New() // with the global TracerProvider
	c, err := conn.ConnectConfig(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close(ctx)
}
