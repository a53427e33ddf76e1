package fakepg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// floods returns servers that send far more than a query needs. The client must keep only a bounded part of it.
func floods() []Misbehaviour {
	notice := Encode(&pgproto3.NoticeResponse{Severity: "NOTICE", Code: "00000", Message: strings.Repeat("x", 200)})
	zone := Encode(&pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"})
	longNotice := &pgproto3.NoticeResponse{Severity: "NOTICE", Code: "00000", Message: strings.Repeat("x", 2<<20)}
	const endless = 64 << 20 // bytes that a client allocates while it reads and discards, until its context ends
	return named("flood", append([]Misbehaviour{
		{Name: "2000 notices in rows", At: Nowhere, Rows: 2, Usable: true, Script: usable(answering(func(c *Conn) []byte {
			return concat(c.Head(), Rows(2), slices.Repeat(notice, 2000), End(2))
		}))},
		{Name: "2000 notices at startup", At: Nowhere, Rows: 2, Usable: true, Script: usable(func(c *Conn) error {
			if err := c.SendRaw(concat(Encode(ok()), slices.Repeat(notice, 2000), c.Greeting())); err != nil {
				return err
			}
			return c.Answer(2)
		})},
		{Name: "a notice of 2 MiB between rows", At: Nowhere, Rows: 2, Memory: 32 << 20, Usable: true,
			Script: usable(answering(func(c *Conn) []byte {
				return concat(c.Head(), Rows(2), Encode(longNotice), End(2))
			}))},
		{Name: "a notice of 2 MiB at startup", At: Nowhere, Rows: 2, Memory: 32 << 20, Usable: true, Script: usable(func(c *Conn) error {
			if err := c.SendRaw(concat(Encode(ok(), longNotice), c.Greeting())); err != nil {
				return err
			}
			return c.Answer(2)
		})},
		{Name: "2000 changes of one parameter", At: Nowhere, Rows: 2, Usable: true,
			Script: usable(answering(func(c *Conn) []byte {
				return concat(c.Head(), Rows(2), slices.Repeat(zone, 2000), End(2))
			}))},
		{Name: "new parameters without end at startup", Memory: endless, Script: func(c *Conn) error {
			if err := c.Send(ok()); err != nil {
				return err
			}
			return c.newParameters()
		}},
		{Name: "new parameters without end in rows", At: AtRows, Rows: 2, Memory: endless, Script: func(c *Conn) error {
			if err := answering(func(c *Conn) []byte { return concat(c.Head(), Rows(2)) })(c); err != nil {
				return err
			}
			return c.newParameters()
		}},
		{Name: "one parameter of 1 MiB, again and again under new names", At: AtRows, Rows: 2, Memory: endless,
			Script: answering(func(c *Conn) []byte {
				var b []byte
				for i := range 3 {
					b = append(b, Frame('S', fmt.Sprintf("x%d\x00%s\x00", i, strings.Repeat("v", 1<<20-100)))...)
				}
				return concat(c.Head(), Rows(2), b)
			})},
	}, floodsWithoutEnd(notice)...))
}

// floodsWithoutEnd returns servers that never stop: the client's call ends when its context does.
func floodsWithoutEnd(notice []byte) []Misbehaviour {
	return []Misbehaviour{
		{Name: "notices without end at startup", Silent: true, Want: []string{"timeout", "protocol"}, Memory: 1 << 30,
			Script: func(c *Conn) error {
				if err := c.Send(ok()); err != nil {
					return err
				}
				return c.sendWithoutEnd(notice)
			}},
		{Name: "notices without end in place of authentication", Silent: true, Want: []string{"timeout", "protocol"},
			Memory: 1 << 30, Script: func(c *Conn) error { return c.sendWithoutEnd(notice) }},
		{Name: "notices without end in rows", At: AtRows, Rows: 2, Silent: true, Want: []string{"timeout", "protocol"},
			Cancels: 99, Memory: 1 << 30, Script: func(c *Conn) error {
				if err := answering(func(c *Conn) []byte { return concat(c.Head(), Rows(2)) })(c); err != nil {
					return err
				}
				return c.sendWithoutEnd(notice)
			}},
		{Name: "notices without end while idle", At: AtReuse, Silent: true, Want: []string{"timeout", "protocol"}, Rows: 2,
			Cancels: 99, Memory: 1 << 30, Script: func(c *Conn) error {
				if err := answering(func(c *Conn) []byte { return concat(c.Head(), Rows(2), End(2)) })(c); err != nil {
					return err
				}
				return c.sendWithoutEnd(notice)
			}},
		{Name: "empty rows without end", At: AtRows, Endless: true, Silent: true, Want: []string{"timeout"}, Cancels: 99,
			Memory: 1 << 30, Script: func(c *Conn) error {
				if err := answering((*Conn).Head)(c); err != nil {
					return err
				}
				return c.sendWithoutEnd(slices.Repeat(Encode(Null()), 1000))
			}},
		{Name: "one row without end", At: AtRows, Rows: 0, Silent: true, Want: []string{"timeout"}, Cancels: 99,
			Memory: 4 << 30, Script: func(c *Conn) error {
				head := Claim('D', 1<<30, "\x00\x01\x3f\xff\xff\xf6")
				if err := answering(func(c *Conn) []byte { return concat(c.Head(), head) })(c); err != nil {
					return err
				}
				return c.SendRaw(make([]byte, 1<<20))
			}},
	}
}

// newParameters reports ever new parameters until the client closes.
func (c *Conn) newParameters() error {
	value := strings.Repeat("v", 500)
	for i := 0; ; {
		var b []byte
		for range 100 {
			b = append(b, Encode(&pgproto3.ParameterStatus{Name: fmt.Sprintf("parameter_%d", i), Value: value})...)
			i++
		}
		if err := c.SendRaw(b); err != nil {
			return err
		}
	}
}

// sendWithoutEnd sends b until the client closes.
func (c *Conn) sendWithoutEnd(b []byte) error {
	b = slices.Repeat(b, 16<<10/len(b)+1)
	for {
		if err := c.SendRaw(b); err != nil {
			return err
		}
	}
}
