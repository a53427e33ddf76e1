package fakepg

import "strings"

// idle has messages that come while no query is under way, before the client sends its first.
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
		rows = append(rows, Misbehaviour{Name: "a whole answer, in a write of its own" + suffix, Over: over, Marked: true,
			At: AtQuery, Unsent: true, Script: inTwoWrites(answer)})
		row("the beginning of an answer", answer[:7])
		row("half a header", answer[:2])
		row("client_encoding LATIN1", encoding("LATIN1"))
		row("the end of the server", Encode(fatal("57P01", "terminating connection")), "server")
		row("the end of the idle session", Encode(fatal("57P05", "idle-session timeout")), "server")
		row("half of the server's last word", Encode(fatal("57P01", "terminating connection"))[:20])
	}
	rows = append(rows,
		Misbehaviour{Name: "notices, parameters and notifications", Marked: true, At: Nowhere, Rows: 1,
			Script: unsolicited(concat(samplesOf('N'), samplesOf('S'), samplesOf('A')))},
		Misbehaviour{Name: "a notice not complete yet", Marked: true, At: Nowhere, Rows: 1, Script: func(c *Conn) error {
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
		Misbehaviour{Name: "the server's end", Marked: true, At: AtQuery, Want: []string{"io", "closed"}, Unsent: true,
			Script: func(c *Conn) error {
				if err := c.Login(); err != nil {
					return err
				}
				err := c.Close()
				c.Mark()
				return err
			}},
		Misbehaviour{Name: "an answer behind the first one", At: AtReuse, Rows: 1,
			Script: answering(func(c *Conn) []byte { return concat(c.Head(), Rows(1), End(1), c.Head(), Rows(2), End(2)) })},
	)
	return named("idle", rows)
}

// unsolicited sends b after the login, tells the test to go on, and answers its query correctly.
func unsolicited(b []byte) Script {
	return func(c *Conn) error {
		if err := afterLogin(b)(c); err != nil {
			return err
		}
		return behaving(c)
	}
}

// inTwoWrites is unsolicited, except that b has a write of its own: it need not be read with the end of the login.
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

// behaving tells the test to go on, and answers its query.
func behaving(c *Conn) error {
	c.Mark()
	if _, err := c.ReadQuery(); err != nil {
		return err
	}
	return c.Result(1)
}
