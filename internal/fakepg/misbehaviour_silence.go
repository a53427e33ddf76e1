package fakepg

import (
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// silences returns servers that send nothing more from some point on. Only the end of the context ends the client's
// call.
func silences() []Misbehaviour {
	row := func(name string, at Moment, n int, s Script) Misbehaviour {
		return Misbehaviour{Name: name, At: at, Rows: n, Script: s, Silent: true, Want: []string{"timeout"}, Cancels: 99}
	}
	clear := &pgproto3.AuthenticationCleartextPassword{}
	password := func(m Misbehaviour) Misbehaviour { m.Params = withPassword; return m }
	extended := func(m Misbehaviour) Misbehaviour { m.Extended = true; return m }
	return named("silence", append([]Misbehaviour{
		row("at once", AtConnect, 0, (*Conn).Silence),
		row("deaf at once", AtConnect, 0, (*Conn).Deaf),
		row("after half a message", AtConnect, 0, atStartup([]byte("R\x00\x00"))),
		row("after AuthenticationOk", AtConnect, 0, atStartup(Encode(ok()))),
		row("after key data", AtConnect, 0, func(c *Conn) error {
			greeting := c.Greeting()
			return c.SendRaw(concat(Encode(ok()), greeting[:len(greeting)-6]))
		}),
		row("after half of ReadyForQuery", AtConnect, 0, func(c *Conn) error {
			greeting := c.Greeting()
			return c.SendRaw(concat(Encode(ok()), greeting[:len(greeting)-1]))
		}),
		password(row("after the password", AtConnect, 0, func(c *Conn) error { return thenAsk(clear, nil)(c) })),
		password(row("after the first message of SCRAM", AtConnect, 0, func(c *Conn) error {
			_, err := c.OfferSASL(ScramSHA256)
			return err
		})),
		password(row("after the proof of SCRAM", AtConnect, 0, func(c *Conn) error {
			return SCRAM{Password: Password, Accept: true, NoFinal: true}.Authenticate(c)
		})),
		password(row("after the outcome of SCRAM", AtConnect, 0, SCRAM{Password: Password}.Authenticate)),
		row("after the query", AtQuery, 0, answering(func(*Conn) []byte { return nil })),
		extended(row("after ParseComplete", AtQuery, 0, answering(func(c *Conn) []byte { return c.Head()[:5] }))),
		extended(row("after BindComplete", AtQuery, 0, answering(func(c *Conn) []byte { return c.Opening() }))),
		row("inside the description", AtQuery, 0, answering(func(c *Conn) []byte {
			head := c.Head()
			return head[:len(head)-3]
		})),
		row("after the description", AtRows, 0, answering((*Conn).Head)),
		row("after two rows", AtRows, 2, answering(func(c *Conn) []byte { return concat(c.Head(), Rows(2)) })),
		row("inside a row", AtRows, 2, answering(func(c *Conn) []byte {
			return concat(c.Head(), Rows(2), Encode(Row("{}"))[:12])
		})),
		row("inside a row's header", AtRows, 2, answering(func(c *Conn) []byte {
			return concat(c.Head(), Rows(2), Encode(Row("{}"))[:3])
		})),
		row("after CommandComplete", AtRows, 2, answering(func(c *Conn) []byte {
			return concat(c.Head(), Rows(2), Encode(Tag("SELECT 2")))
		})),
		row("before the second answer", AtReuse, 2, answering(func(c *Conn) []byte {
			return concat(c.Head(), Rows(2), End(2))
		})),
	}, nearSilences()...))
}

// nearSilences returns servers that stop reading, or send a byte now and then.
func nearSilences() []Misbehaviour {
	return []Misbehaviour{
		{Name: "deaf to a query of 16 MiB", At: AtQuery, Arg: 16 << 20, Memory: 128 << 20, Silent: true,
			Want: []string{"timeout"}, Extended: true, Cancels: 99, Script: func(c *Conn) error {
				if err := c.Login(); err != nil {
					return err
				}
				if _, err := c.Receive(); err != nil { // Parse
					return err
				}
				c.Mark()
				return c.Deaf()
			}},
		{Name: "a byte of notice now and then", At: AtRows, Rows: 2, Silent: true, Want: []string{"timeout"}, Cancels: 99,
			Script: func(c *Conn) error {
				if err := answering(func(c *Conn) []byte { return concat(c.Head(), Rows(2)) })(c); err != nil {
					return err
				}
				return c.SendSlowly(slices.Repeat(samplesOf('N'), 1000), 5*time.Millisecond)
			}},
		{Name: "a byte of login now and then", Silent: true, Want: []string{"timeout"}, Script: func(c *Conn) error {
			if err := c.Send(ok()); err != nil {
				return err
			}
			return c.SendSlowly(slices.Repeat(samplesOf('S'), 1000), 5*time.Millisecond)
		}},
	}
}

func samplesOf(typ byte) []byte { return Frame(typ, samples[typ]) }

// pieces returns correct sessions whose bytes are split in unusual places, which must make no difference to clients.
func pieces() []Misbehaviour {
	session := func(send func(c *Conn, b []byte) error) Script {
		return usable(func(c *Conn) error {
			if err := send(c, concat(Encode(ok()), c.Greeting())); err != nil {
				return err
			}
			if _, err := c.ReadQuery(); err != nil {
				return err
			}
			return send(c, concat(c.Head(), Rows(3), End(3)))
		})
	}
	row := func(name string, send func(c *Conn, b []byte) error) Misbehaviour {
		return Misbehaviour{Name: name, At: Nowhere, Rows: 3, Usable: true, Script: session(send)}
	}
	notice := Encode(&pgproto3.NoticeResponse{Severity: "NOTICE", Code: "00000", Message: "x"})
	between := func(extra []byte) func(c *Conn, b []byte) error {
		return func(c *Conn, b []byte) error {
			var out []byte
			for len(b) > 0 {
				n := 1 + int(b[1])<<24 + int(b[2])<<16 + int(b[3])<<8 + int(b[4])
				if b[0] != 'R' { // not before AuthenticationOk
					out = append(out, extra...)
				}
				out = append(out, b[:n]...)
				b = b[n:]
			}
			return c.SendRaw(out)
		}
	}
	rows := []Misbehaviour{
		row("byte by byte", func(c *Conn, b []byte) error { return c.SendSlowly(b, 0) }),
		row("byte by byte, slowly", func(c *Conn, b []byte) error { return c.SendSlowly(b, 50*time.Microsecond) }),
		row("a notice between all messages", between(notice)),
		row("a parameter between all messages", between(Encode(&pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"}))),
	}
	for _, size := range []int{2, 3, 5, 7, 11, 13} {
		rows = append(rows, row(fmt.Sprintf("%d bytes at a time", size), func(c *Conn, b []byte) error {
			for piece := range slices.Chunk(b, size) {
				if err := c.SendRaw(piece); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return named("pieces", rows)
}
