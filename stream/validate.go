package stream

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may be nested in a row under WithValidation. The server bounds the depth by
// max_stack_depth alone, whose default of 2 MB is reached at some ten thousand levels; this bound takes 128 KiB for the
// deepest row, and is far above what the server can be made to send.
const maxDepth = 1 << 20

var (
	errNotJSON = errors.New("not one JSON document")
	errNotUTF8 = errors.New("not valid UTF-8")
	errTooDeep = fmt.Errorf("nested deeper than %d levels", maxDepth)
)

// validator checks documents against RFC 8259, without recursion: encoding/json rejects a depth above 10,000. Escapes
// of unpaired surrogates are accepted, as encoding/json and the type json do. Its memory is reused for the next row.
type validator struct {
	doc     []byte
	at      int      // index of the next byte
	depth   int      // number of arrays and objects that are open
	objects []uint64 // one bit for each of them: whether it is an object
}

// expected is what must come next in a document.
type expected uint8

const (
	aValue      expected = iota
	anElement            // the first of an array, or its end
	aFirstName           // the first of an object, or its end
	aName                // another one of an object
	aColon               // between a name and its value
	aContinuing          // what may follow a value: a comma, or the end of the array, object or document that it is in
)

// check returns an error if doc is not one JSON document. The error's text shows nothing of doc.
func (v *validator) check(doc []byte) error {
	if !utf8.Valid(doc) {
		return errNotUTF8
	}
	v.doc, v.at, v.depth = doc, 0, 0
	defer func() { v.doc = nil }() // do not keep the row alive
	var ok bool
	next := aValue
	for {
		v.space()
		if v.at == len(doc) {
			ok = next == aContinuing && v.depth == 0
		} else {
			next, ok = v.token(next, doc[v.at])
		}
		switch {
		case v.depth > maxDepth:
			return errTooDeep
		case !ok:
			return errNotJSON
		case v.at == len(doc) && next == aContinuing && v.depth == 0:
			return nil
		}
	}
}

// token consumes one token, which begins with c, and returns what must follow.
func (v *validator) token(next expected, c byte) (follows expected, ok bool) {
	switch next {
	case aValue, anElement:
		switch {
		case c == '{':
			return aFirstName, v.open(true)
		case c == '[':
			return anElement, v.open(false)
		case c == ']' && next == anElement:
			return aContinuing, v.close()
		}
		return aContinuing, v.scalar(c)
	case aFirstName, aName:
		if c == '}' && next == aFirstName {
			return aContinuing, v.close()
		}
		return aColon, c == '"' && v.text()
	case aColon:
		v.at++
		return aValue, c == ':'
	}
	switch {
	case v.depth == 0:
	case c == ',' && v.inObject():
		v.at++
		return aName, true
	case c == ',':
		v.at++
		return aValue, true
	case c == '}' && v.inObject(), c == ']' && !v.inObject():
		return aContinuing, v.close()
	}
	return aContinuing, false
}

// open enters an array or an object.
func (v *validator) open(object bool) bool {
	word, bit := v.depth/64, uint64(1)<<(v.depth%64)
	if word == len(v.objects) {
		v.objects = append(v.objects, 0)
	}
	v.objects[word] &^= bit
	if object {
		v.objects[word] |= bit
	}
	v.depth++
	v.at++
	return v.depth <= maxDepth
}

func (v *validator) close() bool {
	v.depth--
	v.at++
	return true
}

// inObject reports whether the innermost open array or object is an object. REQUIRES: one is open.
func (v *validator) inObject() bool {
	return v.objects[(v.depth-1)/64]>>((v.depth-1)%64)&1 == 1
}

func (v *validator) space() {
	for v.at < len(v.doc) {
		switch v.doc[v.at] {
		case ' ', '\t', '\n', '\r':
			v.at++
		default:
			return
		}
	}
}

// scalar consumes a value that is neither an array nor an object.
func (v *validator) scalar(c byte) bool {
	switch c {
	case '"':
		return v.text()
	case 't':
		return v.literal("true")
	case 'f':
		return v.literal("false")
	case 'n':
		return v.literal("null")
	}
	return v.number()
}

func (v *validator) literal(word string) bool {
	found := bytes.HasPrefix(v.doc[v.at:], []byte(word))
	v.at = min(v.at+len(word), len(v.doc))
	return found
}

// text consumes a string.
func (v *validator) text() bool {
	for i := v.at + 1; i < len(v.doc); i++ {
		switch c := v.doc[i]; {
		case c == '"':
			v.at = i + 1
			return true
		case c < ' ':
			return false
		case c == '\\':
			n := escapeLength(v.doc[i:])
			if n == 0 {
				return false
			}
			i += n - 1
		}
	}
	return false
}

// escapeLength is the number of bytes of the escape at the start of b; 0: it is not a valid escape.
func escapeLength(b []byte) int {
	switch {
	case len(b) < 2:
		return 0
	case bytes.IndexByte([]byte(`"\/bfnrt`), b[1]) >= 0:
		return 2
	case b[1] != 'u' || len(b) < 6:
		return 0
	}
	for _, c := range b[2:6] {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return 0
		}
	}
	return 6
}

// number consumes a number.
func (v *validator) number() bool {
	v.skip('-')
	if !v.skip('0') && !v.digits() {
		return false
	}
	if v.skip('.') && !v.digits() {
		return false
	}
	if v.skip('e') || v.skip('E') {
		if !v.skip('+') {
			v.skip('-')
		}
		return v.digits()
	}
	return true
}

// skip consumes c if it comes next, and reports whether it did.
func (v *validator) skip(c byte) bool {
	if v.at < len(v.doc) && v.doc[v.at] == c {
		v.at++
		return true
	}
	return false
}

// digits consumes one or more digits, and reports whether there were any.
func (v *validator) digits() bool {
	from := v.at
	for v.at < len(v.doc) && v.doc[v.at] >= '0' && v.doc[v.at] <= '9' {
		v.at++
	}
	return v.at > from
}
