package fuzz

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// row handles a row.
func (m *model) row(body []byte) (broke werr.Category) {
	if m.phase == "D set" {
		var set pgproto3.DataRow
		if !same(&set, body) || len(set.Values) != 1 {
			return werr.CategoryProtocol
		}
		m.phase = "C set"
		return ""
	}
	if m.phase != "rows" {
		return werr.CategoryProtocol
	}
	if m.lax || m.failure != "" {
		return ""
	}
	var row pgproto3.DataRow
	if !same(&row, body) || len(row.Values) != 1 {
		return werr.CategoryProtocol
	}
	m.count++
	switch value := row.Values[0]; m.accept(value) {
	case taken:
		if value == nil {
			m.rows = append(m.rows, null)
			break
		}
		m.rows = append(m.rows, string(value))
	case refused:
		m.fail(werr.CategoryDecode)
		m.left = true
	}
	return ""
}

// describe checks the row description: the schema rule.
func (m *model) describe(body []byte) (broke werr.Category) {
	var d pgproto3.RowDescription
	if !same(&d, body) {
		return werr.CategoryProtocol
	}
	if m.several {
		m.fail(werr.CategoryUsage)
		m.left = true
	}
	if m.failure != "" {
		return ""
	}
	for _, f := range d.Fields {
		typed := f.DataTypeOID == 114 || f.DataTypeOID == 3802
		if len(d.Fields) == 1 && string(f.Name) == "data" && f.Format == 0 && typed {
			return ""
		}
	}
	m.fail(werr.CategorySchema)
	m.left = true
	return ""
}

// complete handles the end of a statement.
func (m *model) complete(body []byte, before string) (broke werr.Category) {
	var c pgproto3.CommandComplete
	if !same(&c, body) {
		return werr.CategoryProtocol
	}
	if before == "C set" {
		if string(c.CommandTag) != "SELECT 1" {
			return werr.CategoryProtocol
		}
		return ""
	}
	if m.several {
		m.fail(werr.CategoryUsage)
		m.left = true
	}
	if m.lax || m.failure != "" {
		return ""
	}
	verb, count, counted := readTag(string(c.CommandTag))
	switch {
	case before != "rows":
		m.fail(werr.CategorySchema)
	case !counted:
	case verb != "SELECT" && verb != "FETCH":
		m.fail(werr.CategoryUsage)
	case count != m.count:
		return werr.CategoryProtocol
	}
	return ""
}

// message is a type that pgproto3 can decode and encode.
type message interface {
	Decode([]byte) error
	Encode([]byte) ([]byte, error)
}

// same reports whether pgproto3 decodes a body, and encodes it to the same bytes: then nothing in it is unusual.
func same(m message, body []byte) bool {
	if m.Decode(body) != nil {
		return false
	}
	encoded, err := m.Encode(nil)
	return err == nil && bytes.Equal(encoded[5:], body)
}

func soundOther(typ byte, body []byte) bool {
	switch typ {
	case 'H':
		return same(&pgproto3.CopyOutResponse{}, body)
	case '1', '2', '3', 'c':
		return len(body) == 0
	}
	return true
}

// soundFields reports whether the fields of an error are valid: each is a letter and a text, and a zero byte follows
// the last one.
func soundFields(body []byte) bool {
	for len(body) > 1 {
		_, after, ended := bytes.Cut(body[1:], []byte{0})
		if body[0] == 0 || !ended {
			return false
		}
		body = after
	}
	return len(body) == 1 && body[0] == 0
}

// soundJSON reports whether a row satisfies the rule of WithValidation.
func soundJSON(row []byte) bool { return row == nil || utf8.Valid(row) && json.Valid(row) }

// ended returns the error if the connection ends here. A notice of a server that shuts down, or lacks resources, is
// the reason for the end if nothing has followed it.
func (m *model) ended() werr.Category {
	if len(m.rest) == 0 && (strings.HasPrefix(m.last, "57P") || strings.HasPrefix(m.last, "53")) {
		return werr.CategoryServer
	}
	return werr.CategoryIO
}
