package fakepg

import "fmt"

// truncation returns a correct session that ends after each of its bytes, either closed or reset.
func truncation() []Misbehaviour {
	prototype := &Conn{PID: 1, Key: []byte("keys")}
	login := len(Encode(ok())) + len(prototype.Greeting())
	head := len(prototype.Head())
	row := len(Encode(Row(`{"n":0}`)))
	result := head + len(Rows(3)) + len(End(3))
	var rows []Misbehaviour
	for n := range login {
		rows = append(rows, cut(fmt.Sprintf("login after %d of %d bytes", n, login), n,
			Misbehaviour{At: AtConnect, Want: []string{"connect", "io", "protocol"}}))
	}
	for n := range result {
		m := Misbehaviour{At: AtQuery, Want: []string{"io"}}
		if n >= head {
			m.At, m.Rows = AtRows, min((n-head)/row, 3)
		}
		rows = append(rows, cut(fmt.Sprintf("answer after %d of %d bytes", n, result), login+n, m))
	}
	rows = append(rows, cut("not truncated", login+result, Misbehaviour{At: Nowhere, Rows: 3}))
	return named("truncation", rows)
}

// cut completes m with a session that ends after the first n bytes that the server sends. Every third session is reset.
func cut(name string, n int, m Misbehaviour) Misbehaviour {
	m.Name, m.Extended = name, true
	end := (*Conn).Close
	if n%3 == 1 && m.At != Nowhere {
		m.Name += ", reset"
		m.Fewer = true
		end = (*Conn).Reset
	}
	m.Script = func(c *Conn) error {
		login := append(Encode(ok()), c.Greeting()...)
		if n < len(login) {
			if err := c.SendRaw(login[:n]); err != nil {
				return err
			}
			return end(c)
		}
		if err := c.SendRaw(login); err != nil {
			return err
		}
		if _, err := c.ReadQuery(); err != nil {
			return err
		}
		answer := append(append(c.Head(), Rows(3)...), End(3)...)
		if err := c.SendRaw(answer[:n-len(login)]); err != nil {
			return err
		}
		return end(c)
	}
	return m
}
