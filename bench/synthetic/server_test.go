package synthetic_test

import (
	"encoding/json"
	"errors"
	"net"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/synthetic"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// connect starts a server for the test and connects to it.
func connect(t *testing.T) *conn.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- synthetic.New().Serve(l) }()
	t.Cleanup(func() {
		_ = l.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	c, err := conn.Connect(t.Context(), "postgres://u@"+l.Addr().String()+"/d?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}

func TestBothFormsGiveTheRowsAskedFor(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for form, options := range map[string][]stream.Option{"extended": nil, "simple": {stream.WithSimpleProtocol()}} {
		for _, want := range []int64{0, 1, 8, 9, 30_000} {
			s, err := c.Query(t.Context(), workload.Rows(workload.Synthetic, want, 150).SQL, options...)
			if err != nil {
				t.Fatal(err)
			}
			var got int64
			for ; s.Next(); got++ {
				if len(s.Row()) != 150 || !json.Valid(s.Row()) {
					t.Fatalf("%s, row %d: %q", form, got, s.Row())
				}
			}
			if s.Err() != nil || got != want {
				t.Errorf("%s: %d rows and error %v, want %d", form, got, s.Err(), want)
			}
		}
	}
}

func TestPingIsAnEmptyQuery(t *testing.T) {
	t.Parallel()
	if err := connect(t).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCancelRequestStopsTheRows(t *testing.T) {
	t.Parallel()
	c := connect(t)
	s, err := c.Query(t.Context(), workload.Rows(workload.Synthetic, workload.Endless, 120).SQL)
	if err != nil || !s.Next() {
		t.Fatal("no first row", err)
	}
	if err := s.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(s.Err(), werr.ErrCancelled) {
		t.Errorf("error %v, want ErrCancelled", s.Err())
	}
	if s, err = c.Query(t.Context(), workload.Tiny(workload.Synthetic).SQL); err != nil {
		t.Fatal(err)
	}
	if rows, err := stream.Collect[workload.User](s); len(rows) != 1 || err != nil {
		t.Errorf("%d rows and error %v after a cancel, want one row", len(rows), err)
	}
}
