package errors

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// DecodeError means that a row could not be decoded, or, with stream.WithValidation, that it is not one JSON document.
type DecodeError struct {
	Row  uint64 // counted from 1, in the order in which the server sent the rows
	Type string // the Go type; "json" for a row that is not one JSON document
	// Err is the parser's error. It may quote the row, and so it is not part of Error's text.
	Err error
}

// Error names the row and the type and, if encoding/json has failed, the field and its type or the offset. It shows no
// part of the row itself.
func (e *DecodeError) Error() string {
	text := fmt.Sprintf("%srow %d does not decode into %s", prefix, e.Row, e.Type)
	if reason := e.reason(); reason != "" {
		text += ": " + reason
	}
	return printable(text)
}

// reason returns what can be said without quoting the row: for errors of encoding/json their fields, not their texts;
// for errors of other parsers nothing.
func (e *DecodeError) reason() string {
	var mismatch *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case e.Type == "json" && e.Err != nil: // the library's own check
		return inner(e.Err)
	case errors.As(e.Err, &mismatch):
		return describe(mismatch)
	case errors.As(e.Err, &syntax):
		return fmt.Sprintf("syntax error at byte %d", syntax.Offset)
	}
	return ""
}

// describe leaves out the value itself, which may follow its kind in m.Value.
func describe(m *json.UnmarshalTypeError) string {
	what := "a value"
	switch kind, _, _ := strings.Cut(m.Value, " "); kind {
	case "string", "number", "bool":
		what = "a " + kind
	case "object", "array":
		what = "an " + kind
	}
	if m.Field == "" || pathsHoldKeys {
		return fmt.Sprintf("%s does not fit %v", what, m.Type)
	}
	return fmt.Sprintf("%s does not fit the field %s of type %v", what, m.Field, m.Type)
}

// Unwrap returns the parser's error, whose text may quote the row.
func (e *DecodeError) Unwrap() error { return e.Err }
