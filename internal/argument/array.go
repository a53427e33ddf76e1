package argument

import (
	"bytes"
	"reflect"
)

// sequence appends a slice or an array as an array literal (manual, "Array Value Input"). All text is quoted, so that
// the text NULL, empty text, braces and commas have no special meaning. An array that contains only empty arrays
// becomes the empty array, because PostgreSQL has only that one.
func (e *encoder) sequence(v reflect.Value) error {
	if isBytes(v.Type()) {
		return e.ambiguous()
	}
	e.elements++
	start := len(e.buf)
	e.buf = append(e.buf, '{')
	for i := range v.Len() {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		null, err := e.value(v.Index(i))
		if err != nil {
			return err
		}
		if null {
			e.buf = append(e.buf, "NULL"...)
		}
	}
	e.buf = append(e.buf, '}')
	e.elements--
	if e.elements == 0 && len(bytes.Trim(e.buf[start:], "{,}")) == 0 {
		e.buf = append(e.buf[:start], "{}"...)
	}
	return nil
}

// isSubArray reports whether a nil slice of type t is an array inside an array. PostgreSQL does not allow NULL there,
// so it becomes an empty array.
func (e *encoder) isSubArray(t reflect.Type) bool {
	return e.elements > 0 && !isBytes(t) && !t.Implements(textMarshalerType)
}

// isBytes reports whether t consists of plain bytes, not of a byte type with a text form.
func isBytes(t reflect.Type) bool {
	elem := t.Elem()
	return elem.Kind() == reflect.Uint8 && !elem.Implements(valuerType) && !elem.Implements(textMarshalerType)
}

// appendQuotedElement appends s in double quotes, with a backslash before each quote and backslash.
func appendQuotedElement(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}
