package errors_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// The variables that the examples below use.
var (
	ctx = context.Background()
	c   *conn.Conn // made by conn.Connect
)

// A query is run again as long as that cannot execute it twice.
func ExampleSafeToRetry() {
	query := func() error {
		s, err := c.Query(ctx, "SELECT data FROM v_user")
		if err != nil {
			return err
		}
		defer s.Close()
		for s.Next() {
			fmt.Println(len(s.Row()))
		}
		return s.Err()
	}

	err := query()
	for attempt := 1; attempt < 4 && werr.SafeToRetry(err); attempt++ {
		time.Sleep(time.Duration(attempt) * 100 * time.Millisecond)
		err = query()
	}
}

// Errors with details are structs, conditions are values; errors.As and errors.Is find both, however deeply they are
// wrapped.
func Example() {
	_, err := c.Query(ctx, "SELECT data FROM v_user")

	var refused *werr.ServerError
	var schema *werr.SchemaError
	switch {
	case errors.Is(err, werr.ErrConnectionBusy):
		fmt.Println("read the running stream to its end, or close it")
	case errors.As(err, &refused) && refused.SQLState() == "42P01":
		fmt.Println("there is no such view")
	case errors.As(err, &schema):
		fmt.Println("the columns are", schema.Columns)
	}
}

// One word for logs and metrics. The most specific error of the chain determines it.
func ExampleCategoryOf() {
	wrongPassword := &werr.ConnectError{Attempts: []error{
		&werr.OpError{Op: "db1:5432", Err: &werr.ServerError{Code: "28P01"}},
	}}
	for _, err := range []error{
		wrongPassword,
		fmt.Errorf("reading users: %w", werr.ErrConnectionBusy),
		context.DeadlineExceeded,
		&werr.SchemaError{Columns: []string{"id", "name"}},
		nil,
	} {
		fmt.Printf("%q\n", werr.CategoryOf(err))
	}
	// Output:
	// "auth"
	// "busy"
	// "timeout"
	// "schema"
	// ""
}

// Errors of exceeded time limits are also timeouts in the sense of package net.
func ExampleTimeoutError() {
	err := fmt.Errorf("reading users: %w", &werr.TimeoutError{Phase: "stall", After: 5 * time.Second})
	var late interface{ Timeout() bool }
	fmt.Println(errors.As(err, &late) && late.Timeout(), err)
	// Output: true reading users: fraiseql: stall timeout: nothing came within 5s
}
