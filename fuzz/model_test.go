package fuzz

import (
	"encoding/binary"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// model is a second implementation of how the library must handle the answer to a query, based on the protocol's
// documentation and only on pgproto3's decoders. It sees all bytes at once.
type model struct {
	rest   []byte
	at     int // bytes consumed
	simple bool
	scoped bool       // the query has a setting
	named  bool       // the statements of the message have names
	reused string     // those for which the message has no Parse
	known  statements // updated by the answer
	heals  bool       // a query whose named statement is refused may be run again without names
	lax    bool       // the query was left: rows and counts are no longer checked
	limits struct{ row, message, memory int }
	accept func(row []byte) verdict // what the consumer's options do with a row

	phase   string // what must come next: see next
	copying bool
	several bool   // the statement was a list
	count   uint64 // rows
	rows    []string
	failure werr.Category // the first error that fails the query, but leaves the connection usable
	healed  bool          // the failure is that of a named statement, and the query is run again once the server is ready
	left    bool          // the client leaves the query here
	last    string        // the SQLSTATE of the last message, if that was a notice
}

// verdict is what happens to a row.
type verdict uint8

const (
	taken verdict = iota
	dropped
	refused
)

// stop is why the walk over an answer ended.
type stop uint8

const (
	starved  stop = iota // there are no more bytes, but the answer is incomplete
	complete             // the server is ready for the next query
	broken               // the server has violated the protocol
	leaves               // the client leaves the query
)

// null stands for SQL NULL among rows.
const null = "\x00null"

// answer handles the answer to the message that was sent, up to its end.
func (m *model) answer() (why stop, broke werr.Category) {
	for m.phase != "ready" {
		typ, body, why := m.frame()
		if why != complete {
			return why, werr.CategoryProtocol
		}
		if broke := m.message(typ, body); broke != "" {
			return broken, broke
		}
		if m.left && !m.lax {
			return leaves, ""
		}
	}
	return complete, ""
}

// idle handles what was received without a query; an unfinished message may be the beginning of the answer.
func (m *model) idle() (broke werr.Category) {
	for {
		typ, body, why := m.frame()
		switch {
		case why == starved:
			return ""
		case why == broken:
			return werr.CategoryProtocol
		case typ == 'E' && soundFields(body):
			return werr.CategoryServer
		}
		if asynchronous, broke := m.asynchronous(typ, body); !asynchronous || broke != "" {
			return werr.CategoryProtocol
		}
	}
}

// frame removes and returns the next message. An invalid header is detected at once; a message that is not legal is
// detected only when it is complete.
func (m *model) frame() (typ byte, body []byte, why stop) {
	if len(m.rest) < 5 {
		return 0, nil, starved
	}
	typ = m.rest[0]
	length := int64(int32(binary.BigEndian.Uint32(m.rest[1:])))
	limit := m.limits.message
	if typ == 'E' || typ == 'N' {
		limit = max(limit, 1<<30) // its texts are truncated
	}
	if typ == 'D' && m.phase == "rows" {
		limit = m.limits.row
	} else if typ == 'D' {
		limit = min(limit, m.limits.row) // no row is expected: it is refused without a buffer for it
	}
	if length < 4 || length > int64(limit) {
		return typ, nil, broken
	}
	if typ == 'D' && m.phase == "rows" && m.failure == "" && !m.lax {
		if why := m.rowHeader(length); why != complete {
			return typ, nil, why
		}
	}
	if int64(len(m.rest)) <= length {
		return typ, nil, starved
	}
	body = m.rest[5 : length+1]
	m.rest = m.rest[length+1:]
	m.at += int(length) + 1
	m.last = ""
	if typ == 'N' {
		m.last = m.code(body)
	}
	return typ, body, complete
}

// rowHeader checks the first bytes of a row.
func (m *model) rowHeader(length int64) stop {
	switch {
	case length < 10:
		return broken
	case len(m.rest) < 11:
		return starved
	}
	columns, size := binary.BigEndian.Uint16(m.rest[5:]), int32(binary.BigEndian.Uint32(m.rest[7:]))
	switch {
	case columns != 1, int64(max(size, 0)) != length-10, size < -1:
		return broken
	case m.limits.memory > 0 && int(size) > m.limits.memory:
		m.fail(werr.CategoryMemory)
		m.left = true
		return leaves
	}
	return complete
}

// message handles one message. The category it returns, unless empty, means that the server has violated the
// protocol.
func (m *model) message(typ byte, body []byte) (broke werr.Category) {
	if typ == 'D' {
		return m.row(body)
	}
	if asynchronous, broke := m.asynchronous(typ, body); asynchronous {
		return broke
	}
	next, broke := m.next(typ)
	if broke != "" {
		return broke
	}
	before := m.phase
	m.book(typ, body, before)
	m.phase = m.asks(next)
	switch typ {
	case 'T':
		return m.describe(body)
	case 'C':
		return m.complete(body, before)
	case 'Z':
		if string(body) != "I" {
			return werr.CategoryProtocol
		}
	case 'E':
		if !soundFields(body) {
			return werr.CategoryProtocol
		}
		m.fail(werr.CategoryServer)
	case 'I', 'n':
		if len(body) > 0 {
			return werr.CategoryProtocol
		}
		m.fail(map[byte]werr.Category{'I': werr.CategoryUsage, 'n': werr.CategorySchema}[typ])
		m.left = m.left || m.several || typ == 'n'
	default:
		if !soundOther(typ, body) {
			return werr.CategoryProtocol
		}
	}
	return ""
}

// asynchronous handles a message that is legal at any time. is reports whether it is one.
func (m *model) asynchronous(typ byte, body []byte) (is bool, broke werr.Category) {
	var sound bool
	switch typ {
	case 'N':
		sound = soundFields(body)
	case 'A':
		sound = same(&pgproto3.NotificationResponse{}, body)
	case 'S':
		var s pgproto3.ParameterStatus
		sound = same(&s, body) && (s.Name != "client_encoding" || isUTF8Name(s.Value))
	default:
		return false, ""
	}
	if !sound {
		return true, werr.CategoryProtocol
	}
	return true, ""
}

func isUTF8Name(encoding string) bool {
	switch strings.ToLower(strings.ReplaceAll(encoding, "-", "")) {
	case "utf8":
		return true
	}
	return false
}

func (m *model) fail(c werr.Category) {
	if m.failure == "" {
		m.failure = c
	}
}

// next returns the phase that follows a message in the present phase ("Message Flow"); a phase is named after the
// message that is awaited.
func (m *model) next(typ byte) (phase string, broke werr.Category) {
	switch typ {
	case 'G', 'H', 'W', 'd', 'c':
		return m.copies(typ)
	}
	if m.simple && m.phase == "Z" && typ != 'Z' && typ != 'E' {
		m.several = true
		switch typ {
		case 'T':
			return "rows", ""
		case 'C', 'I':
			return "Z", ""
		}
		return "", werr.CategoryProtocol
	}
	phase = map[string]string{
		"3/3": "3", "3/E": "failed", "1 set/1": "2 set", "2 set/2": "D set", "C set/C": "1", // "D set" is handled by row
		"1 set/E": "failed", "2 set/E": "failed", "D set/E": "failed", "C set/E": "failed",
		"1/1": "2", "2/2": "T", "T/T": "rows", "T/n": "no rows", "T/C": "Z", "T/I": "Z", "rows/C": "Z",
		"no rows/C": "Z", "no rows/I": "Z", "Z/Z": "ready", "failed/Z": "ready",
		"1/E": "failed", "2/E": "failed", "T/E": "failed", "rows/E": "failed", "no rows/E": "failed", "Z/E": "failed",
	}[m.phase+"/"+string(typ)]
	if phase == "" {
		return "", werr.CategoryProtocol
	}
	return phase, ""
}

// copies handles the messages of COPY: they are ignored if the query was left, as long as the server does not wait
// for data.
func (m *model) copies(typ byte) (phase string, broke werr.Category) {
	begins := typ == 'G' || typ == 'H' || typ == 'W'
	switch {
	case m.phase != "no rows" && !(m.simple && m.phase == "T"), begins == m.copying:
		return "", werr.CategoryProtocol
	case begins && (typ != 'H' || !m.lax):
		return "", werr.CategoryUsage
	}
	m.copying = true
	return "no rows", ""
}
