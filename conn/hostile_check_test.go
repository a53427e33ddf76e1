package conn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// judge compares what the client saw with what it should have seen.
func (e *encounter) judge(o outcome) {
	e.t.Helper()
	at := e.m.At
	if at == "" {
		at = fakepg.AtConnect
	}
	if o.at != at {
		e.t.Errorf("met at %q with %d rows, want %q; error: %v", o.at, o.rows, at, o.err)
		return
	}
	switch {
	case e.m.Endless:
	case e.m.Fewer && o.rows > e.m.Rows, !e.m.Fewer && o.rows != e.m.Rows:
		e.t.Errorf("%d rows, want %d; error: %v", o.rows, e.m.Rows, o.err)
	}
	if o.err != nil {
		e.judgeError(o)
	}
}

func (e *encounter) judgeError(o outcome) {
	e.t.Helper()
	want := e.m.Want
	if want == nil {
		want = []string{"protocol"}
	}
	category := string(werr.CategoryOf(o.err))
	if !slices.Contains(want, category) {
		e.t.Errorf("category %q, want %q; error: %v", category, want, o.err)
	}
	var refused *werr.ServerError
	if e.m.Code != "" && (!errors.As(o.err, &refused) || refused.Code != e.m.Code) {
		e.t.Errorf("want SQLSTATE %s; error: %v", e.m.Code, o.err)
	}
	var wrong *werr.ProtocolError
	if category == "protocol" && !errors.As(o.err, &wrong) {
		e.t.Errorf("no *ProtocolError: %v", o.err)
	}
	if category == "timeout" && !errors.Is(o.err, context.DeadlineExceeded) {
		e.t.Errorf("the error does not wrap the context's: %v", o.err)
	}
	e.checkText(o.err.Error())
	e.checkRetry(o, category)
}

// checkRetry checks that an error is not safe to retry if the query was sent, because it may have run, unless the
// server has refused it.
func (e *encounter) checkRetry(o outcome, category string) {
	e.t.Helper()
	safe := werr.SafeToRetry(o.err)
	sent := o.at == fakepg.AtRows || o.at == fakepg.AtQuery && !e.m.Unsent
	switch {
	case e.m.Unsent && !safe:
		e.t.Errorf("nothing was sent, but the error is not safe to retry: %v", o.err)
	case sent && safe && category != "server":
		e.t.Errorf("safe to retry although the query was sent: %v", o.err)
	case o.at == fakepg.AtRows && o.rows > 0 && safe:
		e.t.Errorf("safe to retry although rows were delivered: %v", o.err)
	}
}

// checkText checks that a text is a single line without control characters and secrets, and not excessively long.
func (e *encounter) checkText(text string) {
	e.t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		e.t.Errorf("the error text contains a character that is not printable: %q", text)
	}
	if e.m.Hidden != "" && strings.Contains(text, e.m.Hidden) || strings.Contains(text, fakepg.Password) {
		e.t.Errorf("the error text contains what should be hidden: %q", text)
	}
	if len(text) > 16<<10 {
		e.t.Errorf("an error text of %d bytes", len(text))
	}
}

// checkRow checks that the rows are those of the script, in their order, and that none follows the fault.
func (e *encounter) checkRow(i int, row string) {
	e.t.Helper()
	if want := fmt.Sprintf(`{"n":%d}`, i); row != want && !e.m.Endless {
		e.t.Errorf("row %d is %q, want %q", i, row, want)
	}
}

// after uses the connection again: it must be usable, or closed for good.
func (e *encounter) after(c *conn.Conn, o outcome) {
	e.t.Helper()
	switch {
	case e.m.Usable:
		for range 2 {
			e.again(c)
		}
	case notSent(o.err):
		if got := c.State(); got != conn.Idle && got != conn.Closed {
			e.t.Errorf("the connection is %v after a query that was not sent, want idle or closed", got)
		}
	case o.err != nil:
		e.expectClosed(c)
	}
}

// notSent reports whether the context ended, on a busy machine, before any of the query was sent: the connection is
// then unchanged.
func notSent(err error) bool {
	var op *werr.OpError
	return errors.As(err, &op) && op.Unsent && errors.Is(err, context.DeadlineExceeded)
}

// again runs the query again and expects the whole answer.
func (e *encounter) again(c *conn.Conn) {
	e.t.Helper()
	s, err := c.QueryArgs(context.Background(), fakepg.SQL, e.v.args, e.options()...)
	if err != nil {
		e.t.Errorf("the connection is not usable: %v", err)
		return
	}
	n := 0
	for ; s.Next(); n++ {
		e.checkReused(n, string(s.Row()))
	}
	if err := s.Err(); err != nil || n != fakepg.ReuseRows {
		e.t.Errorf("used again, the connection returned %d rows and %v", n, err)
	}
}

func (e *encounter) checkReused(i int, row string) {
	e.t.Helper()
	if want := fmt.Sprintf(`{"n":%d}`, i); row != want {
		e.t.Errorf("used again: row %d is %q, want %q", i, row, want)
	}
}

// expectClosed checks that the connection refuses every further query, at once or when the drain is over.
func (e *encounter) expectClosed(c *conn.Conn) {
	e.t.Helper()
	s, err := c.Query(context.Background(), fakepg.SQL)
	if err == nil {
		n := 0
		for s.Next() {
			n++
		}
		e.t.Errorf("the connection was used again: %d rows, %v", n, s.Err())
		return
	}
	if !errors.Is(err, werr.ErrConnectionClosed) {
		e.t.Errorf("used again, the connection returned %v, want ErrConnectionClosed", err)
	}
	if got := c.State(); got != conn.Closed {
		e.t.Errorf("the connection is %v, want closed", got)
	}
}

// leave reads one row and leaves the stream.
func (e *encounter) leave(c *conn.Conn) {
	ctx, ended := newAlarm(), make(chan struct{})
	options := append(e.options(), stream.WithOnEnd(func(stream.Summary) { close(ended) }))
	s, err := c.QueryArgs(ctx, fakepg.SQL, e.arguments(), options...)
	if err != nil || !s.Next() {
		e.t.Errorf("no row to leave at: %v", err)
		return
	}
	row := s.Row()
	kept := bytes.Clone(row)
	if e.v.byContext {
		ctx.ring()
		<-ended // the stream notices a moment later; from then on there are no rows
		for s.Next() {
			e.t.Errorf("a row after the end of the context: %s", s.Row())
		}
		if err := s.Err(); !errors.Is(err, context.DeadlineExceeded) {
			e.t.Errorf("Err after the end of the context: %v", err)
		}
	} else {
		_ = s.Close()
		if err := s.Err(); err != nil {
			e.t.Errorf("Err after Close: %v", err)
		}
		if !bytes.Equal(row, kept) {
			e.t.Errorf("Close changed the current row to %q", row)
		}
	}
	if e.m.Closed {
		e.expectClosed(c)
		return
	}
	for range 2 {
		e.again(c)
	}
}
