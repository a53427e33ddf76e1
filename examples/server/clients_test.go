package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// If a client disconnects, its query ends, whether the database sends rows or not.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()
	for view, began := range map[string]func(*program, context.Context, string){
		"endless": func(p *program, ctx context.Context, path string) {
			line(p.t, bufio.NewReader(p.begin(ctx, request{path: path}).Body))
		},
		"asleep": func(p *program, ctx context.Context, path string) {
			conn := p.dial("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + acme + "\r\n\r\n")
			context.AfterFunc(ctx, func() { conn.Close() })
			testbed.Eventually(p.t, "a query that sleeps", func() bool {
				return string(p.observer.Ask("SELECT to_json(count(*)) AS data FROM pg_stat_activity "+
					"WHERE application_name = $1 AND wait_event = 'PgSleep'", p.application)) == "1"
			})
		},
	} {
		t.Run(view, func(t *testing.T) {
			t.Parallel()
			p := launch(t)
			ctx, leave := context.WithCancel(testbed.Context(t))
			began(p, ctx, "/"+view)
			if p.lent() != "1" {
				t.Errorf("%s connections are lent", p.lent())
			}
			leave()
			p.waitSettled()
			if got := p.waitFailure(); got["level"] != "INFO" || got["view"] != view || got["tenant"] != "acme" {
				t.Errorf("the log says %v", got)
			}
		})
	}
}

// A client that never reads holds one connection, and blocks the database, as long as it is connected.
func TestClientNeverReads(t *testing.T) {
	t.Parallel()
	p := launch(t)
	c := p.dial("GET /endless HTTP/1.1\r\nHost: x\r\nAuthorization: " + acme + "\r\n\r\n")
	p.waitHeldBack()
	p.rows(request{params: param("limit", "1")}) // others are served
	if p.lent() != "1" {
		t.Errorf("%s connections are lent", p.lent())
	}
	c.Close()
	p.waitSettled()
	if got := p.waitFailure(); got["level"] != "INFO" {
		t.Errorf("the log says %v", got)
	}
}

// But after the write timeout the query ends, and the answer is aborted.
func TestClientNeverReadsForLong(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.writeTimeout = 50 * time.Millisecond })
	c := p.dial("GET /endless HTTP/1.1\r\nHost: x\r\nAuthorization: " + acme + "\r\n\r\n")
	if got := p.waitFailure(); got["level"] != "INFO" || !strings.Contains(fmt.Sprint(got["error"]), "writing to the client") {
		t.Errorf("the log says %v", got)
	}
	p.waitSettled()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) && !isReset(err) {
		t.Errorf("the client sees %v", err)
	}
}

func isReset(err error) bool { return err != nil && strings.Contains(err.Error(), "reset") }

// An answer that fails after its first row does not look complete.
func TestBreaksOff(t *testing.T) {
	t.Parallel()
	p := launch(t)
	answer := p.ask(request{path: "/broken"})
	if answer.StatusCode != 200 || !errors.Is(answer.err, io.ErrUnexpectedEOF) {
		t.Errorf("%s, the client sees %v", answer.Status, answer.err)
	}
	if got := p.waitFailure(); got["category"] != "server" {
		t.Errorf("the log says %v", got)
	}
	p.waitSettled()
}
