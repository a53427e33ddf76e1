package conn_test

import (
	"errors"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// A WARNING that the server is ending is the reason for the end of the connection only if it is the last message.
func TestOnlyTheLastMessageIsTheReason(t *testing.T) {
	t.Parallel()
	warning := fakepg.Encode(&pgproto3.NoticeResponse{
		Severity: "WARNING", Code: "57P02", Message: "terminating connection because of crash of another server process",
	})
	for name, between := range map[string][]byte{
		"directly before":           nil,
		"half a row between":        fakepg.Encode(fakepg.Row(`{"a": 1}`))[:12],
		"half a long error between": []byte("E\x00\x20\x00\x00SFATAL\x00"), // above the limit: it is truncated
		"a row between":             fakepg.Encode(fakepg.Row("{}")),
		"a notice between":          fakepg.Encode(&pgproto3.NoticeResponse{Severity: "NOTICE", Code: "00000", Message: "hello"}),
		"a parameter between":       fakepg.Encode(&pgproto3.ParameterStatus{Name: "application_name", Value: "a"}),
		"a notification between":    fakepg.Encode(&pgproto3.NotificationResponse{PID: 1, Channel: "c"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := fakepg.Start(t, func(c *fakepg.Conn) error {
				if err := c.Login(); err != nil {
					return err
				}
				if _, err := c.ReadQuery(); err != nil {
					return err
				}
				answer := append(c.Head(), fakepg.Rows(1)...)
				answer = append(append(answer, warning...), between...)
				if err := c.SendRaw(answer); err != nil {
					return err
				}
				return c.Close()
			})
			c, err := conn.Connect(t.Context(), srv.DSN())
			if err != nil {
				t.Fatal(err)
			}
			s, err := c.Query(t.Context(), fakepg.SQL)
			if err != nil {
				t.Fatal(err)
			}
			for s.Next() {
			}
			var reason *werr.ServerError
			if got, want := errors.As(s.Err(), &reason), between == nil; got != want {
				t.Fatalf("the error is %v; it is the server's reason: %t, want %t", s.Err(), got, want)
			}
			if between == nil && reason.Code != "57P02" {
				t.Errorf("the reason is %v, want 57P02", reason)
			}
			if between != nil && !errors.Is(s.Err(), io.EOF) && !errors.Is(s.Err(), io.ErrUnexpectedEOF) {
				t.Errorf("the error is %v, want the end of the connection", s.Err())
			}
		})
	}
}
