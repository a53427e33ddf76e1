package fuzz

import (
	"encoding/binary"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// statements is the state that one query leaves to the next. Each statement is denoted by a letter: q is the query, s
// makes its settings.
type statements struct {
	prepares bool   // every text is prepared at its first run
	has      string // those that the server has confirmed
	closes   string // those to be closed by the next message
}

// of returns the statement that a phase belongs to.
func of(phase string) string {
	if strings.HasSuffix(phase, " set") {
		return "s"
	}
	return "q"
}

// send models sending the message whose answer comes next. It returns the letters of its parts, each followed by that
// of its statement if it is named. The statements have names if named is set and the connection prepares.
func (m *model) send(named bool) (letters string) {
	if m.simple {
		m.phase = "T"
		return "Q"
	}
	m.named = named && m.known.prepares
	if m.named {
		m.reused = m.known.has
	}
	for _, statement := range m.known.closes {
		letters += "C" + string(statement)
	}
	if m.scoped {
		letters += m.run("s") + "E"
	}
	m.phase = m.asks("3")
	return letters + m.run("q") + "DES"
}

// run returns the Parse of a statement, if there is one, and its Bind.
func (m *model) run(statement string) (letters string) {
	name := ""
	if m.named {
		name = statement
	}
	if m.parses(statement) {
		letters = "P" + name
	}
	return letters + "B" + name
}

// parses reports whether the message contains the Parse of a statement.
func (m *model) parses(statement string) bool { return !strings.Contains(m.reused, statement) }

// asks returns phase, or the first one after it in which the message asks for something.
func (m *model) asks(phase string) string {
	if phase == "3" && m.known.closes == "" {
		phase = "1"
		if m.scoped {
			phase = "1 set"
		}
	}
	if phase[0] == '1' && !m.parses(of(phase)) {
		return "2" + phase[1:]
	}
	return phase
}

// book records what a message received in a phase tells about the statements.
func (m *model) book(typ byte, body []byte, phase string) {
	switch {
	case typ == '3':
		m.known.closes = m.known.closes[1:]
	case typ == '1' && m.named:
		m.known.has += of(phase)
	case typ == 'E' && m.named && m.heals:
		m.heal(phase, m.code(body))
	}
}

// heal handles an error of the server about a named statement. If the name is missing or exists already, nothing is
// prepared any more. If the statement was valid before, its next run prepares it again.
func (m *model) heal(phase, code string) {
	switch at := phase[:1] + " " + code; {
	case at == "1 42P05", at == "2 26000":
		m.known = statements{}
	case phase == "2 set" && !m.parses("s"), phase == "2" && !m.parses("q"):
		m.known.has = strings.ReplaceAll(m.known.has, of(phase), "")
		m.known.closes += of(phase)
	default:
		return
	}
	m.healed = true
}

// code returns the SQLSTATE of an error. If the message is above the limit, each text may have half of the room that
// is left.
func (m *model) code(body []byte) (code string) {
	room := m.limits.message - 4
	if len(body) <= room {
		var e pgproto3.ErrorResponse
		_ = e.Decode(body)
		return e.Code
	}
	for len(body) > 1 && room >= 3 {
		text, after, _ := strings.Cut(string(body[1:]), "\x00")
		text = text[:min(len(text), (room-2)/2)]
		if body[0] == 'C' {
			code = text
		}
		room -= len(text) + 2
		body = []byte(after)
	}
	return code
}

// sent returns what the client has written from its n-th write on, as letters, without the Terminate.
func (m *meeting) sent(n int) (all []string) {
	for _, message := range m.w.messages(n) {
		letters := ""
		for len(message) >= 5 {
			end := 1 + binary.BigEndian.Uint32(message[1:])
			letters += string(message[:1]) + m.statement(message[0], message[5:end])
			message = message[end:]
		}
		if letters != "X" {
			all = append(all, letters)
		}
	}
	return all
}

// statement returns the letter of the statement named in a part of a message. A Parse tells what its name denotes.
func (m *meeting) statement(part byte, body []byte) string {
	texts := strings.Split(string(body), "\x00")
	var name string
	switch part {
	case 'P':
		if name = texts[0]; name != "" {
			m.names[name] = "s"
			if texts[1] == fuzzQuery {
				m.names[name] = "q"
			}
		}
	case 'B':
		name = texts[1]
	case 'C':
		name = texts[0][1:]
	}
	return m.names[name]
}
