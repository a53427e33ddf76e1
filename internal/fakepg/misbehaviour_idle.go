package fakepg

import "strings"

// idle returns servers that send messages while no query is under way, mostly before the client's first query.
func idle() []Misbehaviour {
	answer := (&Conn{}).Head()
	answer = concat(answer, Rows(2), End(2))
	var rows []Misbehaviour
	for _, over := range []Transport{AnyPlain, OverTLS} {
		suffix := ""
		if over == OverTLS {
			suffix = ", over TLS"
		}
		row := func(name string, b []byte, want ...string) {
			rows = append(rows, Misbehaviour{Name: name + suffix, Over: over, Marked: true, At: AtQuery, Want: want,
				Unsent: !strings.HasPrefix(name, "half"), Script: unsolicited(b)})
		}
		for _, typ := range []byte(order) {
			switch typ {
			case 'N', 'S', 'A':
			case 'E':
				row("'E'", samplesOf(typ), "server")
			default:
				row(string(rune(typ)), samplesOf(typ))
			}
		}
		row("a whole answer", answer)
		rows = append(rows, Misbehaviour{Name: "a whole answer, in a separate write" + suffix, Over: over, Marked: true,
			At: AtQuery, Unsent: true, Script: inTwoWrites(answer)})
		row("the beginning of an answer", answer[:7])
		row("half a header", answer[:2])
		row("client_encoding LATIN1", encoding("LATIN1"))
		row("the server terminates", Encode(fatal("57P01", "terminating connection")), "server")
		row("the server ends the idle session", Encode(fatal("57P05", "idle-session timeout")), "server")
		row("half of the server's last message", Encode(fatal("57P01", "terminating connection"))[:20])
	}
	rows = append(rows,
		Misbehaviour{Name: "notices, parameters and notifications", Marked: true, At: Nowhere, Rows: 1,
			Script: unsolicited(concat(samplesOf('N'), samplesOf('S'), samplesOf('A')))},
		Misbehaviour{Name: "an incomplete notice", Marked: true, At: Nowhere, Rows: 1, Script: func(c *Conn) error {
			notice := samplesOf('N')
			if err := afterLogin(notice[:9])(c); err != nil {
				return err
			}
			c.Mark()
			if _, err := c.ReadQuery(); err != nil {
				return err
			}
			return c.SendRaw(concat(notice[9:], c.Head(), Rows(1), End(1)))
		}},
		Misbehaviour{Name: "the server closes", Marked: true, At: AtQuery, Want: []string{"io", "closed"}, Unsent: true,
			Script: func(c *Conn) error {
				if err := c.Login(); err != nil {
					return err
				}
				err := c.Close()
				c.Mark()
				return err
			}},
		Misbehaviour{Name: "an answer after the first one", At: AtReuse, Rows: 1,
			Script: answering(func(c *Conn) []byte { return concat(c.Head(), Rows(1), End(1), c.Head(), Rows(2), End(2)) })},
	)
	return named("idle", rows)
}

// unsolicited sends b after the login, calls Mark, and answers one query correctly.
func unsolicited(b []byte) Script {
	return func(c *Conn) error {
		if err := afterLogin(b)(c); err != nil {
			return err
		}
		return behaving(c)
	}
}

// inTwoWrites is unsolicited, except that b is sent in a separate write, so that the client may not read it together
// with the end of the login.
func inTwoWrites(b []byte) Script {
	return func(c *Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		if err := c.SendRaw(b); err != nil {
			return err
		}
		return behaving(c)
	}
}

// behaving calls Mark, and answers one query.
func behaving(c *Conn) error {
	c.Mark()
	if _, err := c.ReadQuery(); err != nil {
		return err
	}
	return c.Result(1)
}
