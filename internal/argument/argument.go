// Package argument turns the arguments of a query into PostgreSQL's text format.
package argument

import (
	"bytes"
	"database/sql/driver"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Bytea is an argument of type bytea: see conn.Bytea, which is this type.
type Bytea []byte

// Encode returns the arguments of a query in text format, nil for SQL NULL, as the parameters of a Bind message. The
// server infers their types from the statement; no argument becomes part of the statement.
//
// The first line that matches an argument applies:
//
//	nil, a nil pointer, a nil slice                         NULL
//	string, int and uint of any size, float, bool           text, the shortest that reads back the same; true, false
//	json.RawMessage                                         its text
//	Bytea                                                   bytea in hex form
//	time.Time                                               to the microsecond, with its zone's offset
//	time.Duration                                           an interval in seconds, to the microsecond
//	driver.Valuer                                           like the result of Value; bytes are taken as text
//	encoding.TextMarshaler                                  its text
//	pointer, interface                                      like the value it refers to
//	a type whose kind is one of the above                   like that kind
//	slice, array                                            a PostgreSQL array of its elements
//
// Other slices and arrays of bytes are refused because they are ambiguous: sent as text they would be wrong for a
// bytea, and sent as a bytea they would be wrong for text and json, but PostgreSQL would accept both. A Valuer often
// returns text as []byte, so its bytes are text; they are refused if they are not UTF-8 or contain a NUL.
//
// Any other type, text that is not UTF-8 or contains a NUL, and a Value or MarshalText that fails cause a
// *errors.UsageError that names the argument ($2) and its Go type, and never shows its value. The query is not sent
// then.
func Encode(args []any) ([][]byte, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([][]byte, len(args))
	e := encoder{buf: make([]byte, 0, 32*len(args))}
	for i, arg := range args {
		start := len(e.buf)
		e.position, e.arg = i+1, arg
		null, err := e.encode(arg)
		if err != nil {
			return nil, err
		}
		if !null {
			// When the buffer grows it moves, but the slices taken from it before keep their memory.
			out[i] = e.buf[start:len(e.buf):len(e.buf)]
		}
	}
	return out, nil
}

// maxDepth is how deeply pointers, Valuers and arrays may be nested. There must be a limit because a slice can contain
// itself. PostgreSQL arrays have at most 6 dimensions.
const maxDepth = 32

// encoder appends text forms to one buffer.
type encoder struct {
	buf      []byte
	position int // of the argument, from 1
	arg      any // the argument, for errors
	depth    int
	elements int // the number of arrays around the value
}

var (
	valuerType        = reflect.TypeFor[driver.Valuer]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
	timeType          = reflect.TypeFor[time.Time]()
	rawMessageType    = reflect.TypeFor[json.RawMessage]()
	byteaType         = reflect.TypeFor[Bytea]()
	durationType      = reflect.TypeFor[time.Duration]()
)

// encode appends v. If v is SQL NULL, it appends nothing and returns true. Common types are handled here, the others by
// reflection.
func (e *encoder) encode(v any) (null bool, err error) {
	switch v := v.(type) {
	case nil:
		return true, nil
	case string:
		return false, e.text(v)
	case int:
		e.int(int64(v))
	case int64:
		e.int(v)
	case int32:
		e.int(int64(v))
	case uint64:
		e.uint(v)
	case float64:
		e.float(v, 64)
	case bool:
		e.bool(v)
	case []byte:
		if v == nil {
			return true, nil
		}
		return false, e.ambiguous()
	case Bytea:
		if v == nil {
			return true, nil
		}
		e.bytea(v)
	case json.RawMessage:
		if v == nil {
			return true, nil
		}
		return false, e.text(string(v))
	case time.Time:
		e.time(v)
	case time.Duration:
		e.duration(v)
	default:
		return e.value(reflect.ValueOf(v))
	}
	return false, nil
}

// value appends v by its type and kind.
func (e *encoder) value(v reflect.Value) (null bool, err error) {
	if e.depth++; e.depth > maxDepth {
		return false, e.fail("is nested too deeply, or holds itself")
	}
	defer func() { e.depth-- }()
	t := v.Type()
	kind := t.Kind()
	switch {
	case (kind == reflect.Pointer || kind == reflect.Interface) && v.IsNil():
		// Before any method: one with a value receiver panics on a nil pointer.
		return true, nil
	case t == timeType || t == durationType || t == rawMessageType || t == byteaType:
		return e.encode(v.Interface())
	case kind == reflect.Interface, kind == reflect.Pointer && t.Elem() == timeType:
		return e.value(v.Elem()) // first, because a *time.Time is also a TextMarshaler
	case t.Implements(valuerType):
		return e.valuer(v)
	case kind == reflect.Slice && v.IsNil() && !e.isSubArray(t):
		return true, nil
	case t.Implements(textMarshalerType):
		return e.marshaler(v)
	case kind == reflect.Pointer:
		return e.value(v.Elem())
	case kind == reflect.Slice || kind == reflect.Array:
		return false, e.sequence(v)
	}
	return false, e.kind(v)
}

// kind appends a value that is neither a pointer nor a sequence.
func (e *encoder) kind(v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		return e.text(v.String())
	case reflect.Bool:
		e.bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.uint(v.Uint())
	case reflect.Float32:
		e.float(v.Float(), 32)
	case reflect.Float64:
		e.float(v.Float(), 64)
	case reflect.Struct:
		if !v.CanConvert(timeType) {
			return e.unsupported(v.Type())
		}
		e.time(v.Convert(timeType).Interface().(time.Time))
	default:
		return e.unsupported(v.Type())
	}
	return nil
}

func (e *encoder) valuer(v reflect.Value) (null bool, err error) {
	value, err := v.Interface().(driver.Valuer).Value()
	if err != nil {
		return false, e.callFailed("Value", v.Type(), err)
	}
	if value == nil {
		return true, nil
	}
	switch value := value.(type) {
	case []byte:
		return value == nil, e.valuerBytes(value)
	case int64, float64, bool, string, time.Time:
		return e.encode(value)
	}
	return e.value(reflect.ValueOf(value))
}

// valuerBytes appends the bytes that a Valuer has returned, as text.
func (e *encoder) valuerBytes(b []byte) error {
	switch {
	case b == nil:
		return nil
	case bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b):
		return e.ambiguous()
	}
	return e.text(string(b))
}

func (e *encoder) marshaler(v reflect.Value) (null bool, err error) {
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return false, e.callFailed("MarshalText", v.Type(), err)
	}
	return false, e.text(string(text))
}

// text appends s unchanged or, inside an array, quoted.
func (e *encoder) text(s string) error {
	switch {
	case strings.IndexByte(s, 0) >= 0:
		return e.fail("holds a NUL byte, which PostgreSQL text cannot")
	case !utf8.ValidString(s):
		return e.fail("is text that is not UTF-8; pass conn.Bytea for a bytea")
	}
	if e.elements > 0 {
		e.buf = appendQuotedElement(e.buf, s)
		return nil
	}
	e.buf = append(e.buf, s...)
	return nil
}

func (e *encoder) unsupported(t reflect.Type) error {
	if t == reflect.TypeOf(e.arg) {
		return e.fail("has no text form; pass a string, json.RawMessage, a driver.Valuer or an encoding.TextMarshaler")
	}
	return e.fail(fmt.Sprintf("holds %v, which has no text form; pass a string, json.RawMessage, a driver.Valuer or an "+
		"encoding.TextMarshaler", t))
}

// ambiguous refuses bytes that may be text or a bytea.
func (e *encoder) ambiguous() error {
	return e.fail("holds bytes, which may be text or a bytea; pass a string, a json.RawMessage, or a conn.Bytea")
}

// callFailed wraps the cause, so that errors.Is finds it.
func (e *encoder) callFailed(method string, t reflect.Type, cause error) error {
	return fmt.Errorf("%w: %w", e.fail(fmt.Sprintf("has a %v whose %s failed", t, method)), cause)
}

func (e *encoder) fail(detail string) error {
	return &werr.UsageError{Detail: fmt.Sprintf("argument $%d of type %T %s", e.position, e.arg, detail)}
}
