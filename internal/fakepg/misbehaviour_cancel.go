package fakepg

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// cancels returns servers whose answer the client abandons after its first row. The connection may be used again only
// with proof that no CancelRequest can affect a later query: the connection of each CancelRequest has ended with EOF.
func cancels() []Misbehaviour {
	hooks := func(h CancelHook) []Option { return []Option{OnCancel(h)} }
	left := func(name string, m Misbehaviour) Misbehaviour {
		m.Name, m.Leave, m.At = name, true, Nowhere
		m.Usable = !m.Closed
		if m.Script == nil {
			m.Script = usable(endlessRows)
		}
		return m
	}
	ended := usable(answering(func(c *Conn) []byte { return concat(c.Head(), Rows(3), End(3)) }))
	evil := strings.Repeat("x", 1<<20)
	rows := []Misbehaviour{
		left("honest", Misbehaviour{Cancels: 99}),
		left("the end has arrived", Misbehaviour{Script: ended}),
		left("first one lost", Misbehaviour{Server: hooks(CancelNth(CancelLose, CancelHonestly)), Cancels: 99}),
		left("two lost", Misbehaviour{Server: hooks(CancelNth(CancelLose, CancelLose, CancelHonestly)), Cancels: 99}),
		left("all lost", Misbehaviour{Server: hooks(CancelLose), Cancels: 99, Closed: true}),
		left("cancels, and hangs", Misbehaviour{Server: hooks(CancelHang), Cancels: 99, Closed: true}),
		left("hangs", Misbehaviour{Server: hooks(CancelHangLose), Cancels: 99, Closed: true}),
		left("reset", Misbehaviour{Over: OverTCP, Server: hooks(CancelReset), Cancels: 99, Closed: true}),
		left("cancels, and resets", Misbehaviour{Over: OverTCP, Server: hooks(func(c *Conn, r Cancel) error {
			c.server.Forward(r)
			return c.Reset()
		}), Cancels: 99, Closed: true}),
		left("answers", Misbehaviour{Server: hooks(CancelAnswer([]byte("what?"), CancelHonestly)), Cancels: 99}),
		left("answers with 1 MiB", Misbehaviour{
			Server: hooks(CancelAnswer([]byte(evil), CancelHonestly)), Cancels: 99, Closed: true}),
		left("answers without end", Misbehaviour{Server: hooks(func(c *Conn, _ Cancel) error {
			return c.sendWithoutEnd([]byte("x"))
		}), Cancels: 99, Closed: true}),
	}
	rows = append(rows, drains(left)...)
	rows = append(rows, overTLS(left), withoutTLS(left))
	for _, lie := range lengths() {
		if strings.HasPrefix(lie.Name, "lengths/'D'") && strings.HasSuffix(lie.Name, "in rows") {
			rows = append(rows, left("a row "+strings.TrimPrefix(lie.Name, "lengths/"), Misbehaviour{
				Closed: true, Cancels: 99, Script: lie.Script}))
		}
	}
	return named("cancel", rows)
}

// drains returns servers that end their answer in an unusual way after a CancelRequest.
func drains(left func(string, Misbehaviour) Misbehaviour) []Misbehaviour {
	return []Misbehaviour{
		left("no key", Misbehaviour{Closed: true, Script: func(c *Conn) error {
			if err := c.Send(ok(), Ready()); err != nil {
				return err
			}
			return c.endlessAnswer()
		}}),
		left("the error without ready", Misbehaviour{Closed: true, Cancels: 99, Script: func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.Send(Canceled())
		}}),
		left("EOF in place of the error", Misbehaviour{Closed: true, Cancels: 99, Script: func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.Close()
		}}),
		left("ready without the error", Misbehaviour{Closed: true, Cancels: 99, Script: usable(func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.Send(Ready())
		})}),
		left("the result's end in place of the error", Misbehaviour{Cancels: 99, Script: usable(func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.Send(Tag("SELECT 1"), Ready())
		})}),
		left("ready in a failed transaction", Misbehaviour{Closed: true, Cancels: 99, Script: usable(func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.Send(Canceled(), &pgproto3.ReadyForQuery{TxStatus: 'E'})
		})}),
		left("another error", Misbehaviour{Cancels: 99, Script: usable(func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.Fail("22012", "division by zero")
		})}),
		left("client_encoding while draining", Misbehaviour{Closed: true, Cancels: 99, Script: usable(func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.SendRaw(concat(encoding("LATIN1"), Encode(Canceled(), Ready())))
		})}),
		left("a key that changes while draining", Misbehaviour{Closed: true, Cancels: 99, Script: usable(func(c *Conn) error {
			if err := endlessUntilCancelled(c); err != nil {
				return err
			}
			return c.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte("keys")}, Canceled(), Ready())
		})}),
	}
}

// overTLS: a key that was received over TLS must not be sent unencrypted.
func overTLS(left func(string, Misbehaviour) Misbehaviour) Misbehaviour {
	return left("over TLS", Misbehaviour{Over: OverTLS, Cancels: 99, Server: []Option{OnCancel(encryptedOnly)}})
}

// withoutTLS: the server rejects TLS for the CancelRequest, as a man in the middle would to get the key.
func withoutTLS(left func(string, Misbehaviour) Misbehaviour) Misbehaviour {
	return left("TLS is refused for it", Misbehaviour{Over: OverTLS, Closed: true, Server: []Option{
		OnCancel(encryptedOnly),
		OnSSLRequest(func(c *Conn) error {
			if c.number > 0 {
				return RefuseTLS(c)
			}
			return AcceptTLS(issued())(c)
		}),
	}})
}

func encryptedOnly(c *Conn, r Cancel) error {
	if c.tls == nil {
		return errors.New("it was not encrypted")
	}
	return CancelHonestly(c, r)
}

// wide is a large row, so that few rows fit into the socket's buffers.
var wide = `{"wide":"` + strings.Repeat("x", 1000) + `"}`

func endlessRows(c *Conn) error {
	if err := c.Login(); err != nil {
		return err
	}
	return c.endlessAnswer()
}

func (c *Conn) endlessAnswer() error {
	if _, err := c.ReadQuery(); err != nil {
		return err
	}
	if err := c.SendRaw(c.Head()); err != nil {
		return err
	}
	return c.Endless(wide)
}

// endlessUntilCancelled sends rows until a CancelRequest is forwarded, and then nothing more.
func endlessUntilCancelled(c *Conn) error {
	if err := answering((*Conn).Head)(c); err != nil {
		return err
	}
	rows := slices.Repeat(Encode(Row(wide)), 16)
	for {
		select {
		case <-c.cancelled:
			return nil
		default:
		}
		if err := c.SendRaw(rows); err != nil {
			return err
		}
	}
}
