// Command first is the smallest complete program: it connects, runs a query with an argument, and prints its rows.
//
//	DATABASE_URL=postgres://localhost/postgres go run ./examples/first
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	c, err := conn.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)

	s, err := c.QueryArgs(ctx, `SELECT jsonb_build_object('id', g, 'name', 'user ' || g) AS data
		FROM generate_series(1, $1::int) AS g`, []any{3})
	if err != nil {
		return err
	}
	defer s.Close()

	for s.Next() {
		fmt.Printf("%s\n", s.Row()) // valid until the next call to Next
	}
	return s.Err()
}
