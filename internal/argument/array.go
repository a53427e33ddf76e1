package argument

import (
	"bytes"
	"reflect"
)

// sequence appends a slice or an array as an array literal (manual, "Array Value Input"). Each text is quoted, so that an
// element NULL, an empty one, braces and commas stay what they are. Arrays that hold nothing but empty arrays are the empty
// array, because PostgreSQL has no other.
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

// isSubArray reports whether a nil slice of type t is an array inside an array. PostgreSQL has no NULL in such a place, so
// it is an empty array.
func (e *encoder) isSubArray(t reflect.Type) bool {
	return e.elements > 0 && !isBytes(t) && !t.Implements(textMarshalerType)
}

// isBytes reports whether t holds plain bytes, not bytes with a text form of their own.
func isBytes(t reflect.Type) bool {
	elem := t.Elem()
	return elem.Kind() == reflect.Uint8 && !elem.Implements(valuerType) && !elem.Implements(textMarshalerType)
}

// appendQuotedElement appends s in double quotes, with backslashes before what would end them.
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
