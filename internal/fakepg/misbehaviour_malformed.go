package fakepg

import (
	"fmt"
	"strings"
)

// malformed returns messages whose length is correct and whose contents are not.
func malformed() []Misbehaviour {
	var rows []Misbehaviour
	for _, m := range badRows {
		rows = append(rows, Misbehaviour{Name: "row: " + m.name, Script: inRows(Frame('D', m.body)), At: AtRows, Rows: 2})
	}
	for _, m := range badAnywhere {
		rows = append(rows, Misbehaviour{
			Name: fmt.Sprintf("%q: %s", m.typ, m.name), Script: inRows(Frame(m.typ, m.body)), At: AtRows, Rows: 2})
	}
	for _, m := range badAnswers {
		rows = append(rows, Misbehaviour{
			Name: fmt.Sprintf("%q: %s", m.typ, m.name), At: AtQuery, Extended: true,
			Script: answering(func(c *Conn) []byte {
				return append(append([]byte(m.before), Frame(m.typ, m.body)...), afterwards()...)
			})})
	}
	for _, m := range badGreetings {
		rows = append(rows, Misbehaviour{
			Name: fmt.Sprintf("%q at startup: %s", m.typ, m.name),
			Script: func(c *Conn) error {
				return c.SendRaw(append(append([]byte(m.before), Frame(m.typ, m.body)...), c.Greeting()...))
			}})
	}
	return named("malformed", rows)
}

type bad struct {
	name   string
	typ    byte
	body   string
	before string
}

const (
	parsed    = "1\x00\x00\x00\x04"
	bound     = "2\x00\x00\x00\x04"
	admitted  = "R\x00\x00\x00\x08\x00\x00\x00\x00"
	oneColumn = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x72\xff\xff\xff\xff\xff\xff\x00\x00"
)

// badRows has invalid rows. Some have made other clients crash: CVE-2026-32286 (a negative length), RUSTSEC-2026-0178
// (a count of columns that differs from the RowDescription).
var badRows = []bad{
	{name: "empty", body: ""},
	{name: "half a count", body: "\x00"},
	{name: "no column", body: "\x00\x00"},
	{name: "a count alone", body: "\x00\x01"},
	{name: "half a length", body: "\x00\x01\x00\x00"},
	{name: "two columns", body: "\x00\x02\x00\x00\x00\x02{}\x00\x00\x00\x02{}"},
	{name: "two columns claimed", body: "\x00\x02\x00\x00\x00\x02{}"},
	{name: "65535 columns claimed", body: "\xff\xff\x00\x00\x00\x02{}"},
	{name: "value longer than the row", body: "\x00\x01\x00\x00\x00\x03{}"},
	{name: "value of 2 GiB", body: "\x00\x01\x7f\xff\xff\xff{}"},
	{name: "value shorter than the row", body: "\x00\x01\x00\x00\x00\x02{}{}"},
	{name: "value of minus 2", body: "\x00\x01\xff\xff\xff\xfe{}"},
	{name: "value of minus 2 GiB", body: "\x00\x01\x80\x00\x00\x00{}"},
	{name: "value of minus 7", body: "\x00\x01\xff\xff\xff\xf9"},
	{name: "NULL with a value", body: "\x00\x01\xff\xff\xff\xff{}"},
	{name: "an empty value, and a further byte", body: "\x00\x01\x00\x00\x00\x00\x00"},
	{name: "another row inside", body: "\x00\x01\x00\x00\x00\x02{}D\x00\x00\x00\x0c\x00\x01\x00\x00\x00\x02{}"},
}

// badAnywhere has messages with invalid contents, most of types that may come between rows.
var badAnywhere = []bad{
	{name: "no end", typ: 'C', body: "SELECT 2"},
	{name: "two ends", typ: 'C', body: "SELECT 2\x00\x00"},
	{name: "empty", typ: 'C', body: ""},
	{name: "empty", typ: 'E', body: ""},
	{name: "no end of fields", typ: 'E', body: "SERROR\x00CXX000\x00Mx\x00"},
	{name: "a field without end", typ: 'E', body: "SERROR\x00CXX000\x00Mx"},
	{name: "bytes after the end", typ: 'E', body: "SERROR\x00CXX000\x00Mx\x00\x00x"},
	{name: "empty", typ: 'N', body: ""},
	{name: "no end of fields", typ: 'N', body: "SNOTICE\x00Mx\x00"},
	{name: "a code alone", typ: 'N', body: "S"},
	{name: "bytes after the end", typ: 'N', body: "SNOTICE\x00Mx\x00\x00\x00"},
	{name: "no value", typ: 'S', body: "TimeZone\x00"},
	{name: "no end", typ: 'S', body: "TimeZone\x00UTC"},
	{name: "three strings", typ: 'S', body: "TimeZone\x00UTC\x00UTC\x00"},
	{name: "empty", typ: 'S', body: ""},
	{name: "short", typ: 'A', body: "\x00\x00\x01"},
	{name: "no payload", typ: 'A', body: "\x00\x00\x00\x01channel\x00"},
	{name: "bytes after the end", typ: 'A', body: "\x00\x00\x00\x01channel\x00payload\x00x"},
	{name: "unknown type", typ: '?', body: ""},
	{name: "type of a client", typ: 'Q', body: "select 1\x00"},
	{name: "type of a client", typ: 'X', body: ""},
	{name: "type 0", typ: 0, body: ""},
	{name: "type 255", typ: 0xff, body: ""},
}

// badAnswers come before the rows.
var badAnswers = []bad{
	{name: "with a body", typ: '1', body: "x"},
	{name: "with a body", typ: '2', body: "x", before: parsed},
	{name: "with a body", typ: 'n', body: "x", before: parsed + bound},
	{name: "with a body", typ: 'I', body: "x", before: parsed + bound},
	{name: "empty", typ: 'T', body: "", before: parsed + bound},
	{name: "more columns than there are", typ: 'T', body: "\x00\x02data\x00" + oneColumn, before: parsed + bound},
	{name: "65535 columns", typ: 'T', body: "\xff\xffdata\x00" + oneColumn, before: parsed + bound},
	{name: "fewer columns than there are", typ: 'T', body: "\x00\x00data\x00" + oneColumn, before: parsed + bound},
	{name: "name without end", typ: 'T', body: "\x00\x01data", before: parsed + bound},
	{name: "half a column", typ: 'T', body: "\x00\x01data\x00" + oneColumn[:9], before: parsed + bound},
	{name: "bytes after the end", typ: 'T', body: "\x00\x01data\x00" + oneColumn + "x", before: parsed + bound},
}

// badGreetings come in place of AuthenticationOk, or after it.
var badGreetings = []bad{
	{name: "empty", typ: 'R', body: ""},
	{name: "three bytes", typ: 'R', body: "\x00\x00\x00"},
	{name: "bytes after the end", typ: 'R', body: "\x00\x00\x00\x00\x00"},
	{name: "number 1", typ: 'R', body: "\x00\x00\x00\x01"},
	{name: "number 99", typ: 'R', body: "\x00\x00\x00\x63"},
	{name: "number -1", typ: 'R', body: "\xff\xff\xff\xff"},
	{name: "MD5 without salt", typ: 'R', body: "\x00\x00\x00\x05"},
	{name: "MD5 with half a salt", typ: 'R', body: "\x00\x00\x00\x05ab"},
	{name: "MD5 with a long salt", typ: 'R', body: "\x00\x00\x00\x05abcde"},
	{name: "clear text with a further byte", typ: 'R', body: "\x00\x00\x00\x03x"},
	{name: "mechanisms without end", typ: 'R', body: "\x00\x00\x00\x0aSCRAM-SHA-256\x00"},
	{name: "a mechanism without end", typ: 'R', body: "\x00\x00\x00\x0aSCRAM-SHA-256"},
	{name: "bytes after the mechanisms", typ: 'R', body: "\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00x"},
	{name: "no mechanisms at all", typ: 'R', body: "\x00\x00\x00\x0a"},
	{name: "empty", typ: 'v', body: ""},
	{name: "too short", typ: 'v', body: "\x00\x03\x00\x00\x00\x00\x00"},
	{name: "more options than there are", typ: 'v', body: "\x00\x03\x00\x00\x00\x00\x00\x02_pq_.x\x00"},
	{name: "4294967295 options", typ: 'v', body: "\x00\x03\x00\x00\xff\xff\xff\xff_pq_.x\x00"},
	{name: "an option without end", typ: 'v', body: "\x00\x03\x00\x00\x00\x00\x00\x01_pq_.x"},
	{name: "no key", typ: 'K', body: "\x00\x00\x00\x01", before: admitted},
	{name: "three bytes of key", typ: 'K', body: "\x00\x00\x00\x01abc", before: admitted},
	{name: "half a process id", typ: 'K', body: "\x00\x00", before: admitted},
	{name: "257 bytes of key", typ: 'K', body: "\x00\x00\x00\x01" + strings.Repeat("k", 257), before: admitted},
	{name: "256 bytes of key in protocol 3.0", typ: 'K', body: "\x00\x00\x00\x01" + strings.Repeat("k", 256),
		before: admitted},
	{name: "900000 bytes of key", typ: 'K', body: "\x00\x00\x00\x01" + strings.Repeat("k", 900000), before: admitted},
	{name: "empty", typ: 'Z', body: "", before: admitted},
	{name: "two letters", typ: 'Z', body: "II", before: admitted},
	{name: "letter X", typ: 'Z', body: "X", before: admitted},
	{name: "letter 0", typ: 'Z', body: "\x00", before: admitted},
}
