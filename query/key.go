package query

import (
	"encoding/json"
	"strconv"
	"strings"
)

// keyOf returns the value of the key r in a row, as text, or nil if it is NULL for the server: missing, null, or not of
// its type.
func keyOf(row json.RawMessage, r Ref) *string {
	value := trim(string(row))
	for _, key := range r.path {
		value = find(value, key)
	}
	if value == "" || value[0] == 'n' {
		return nil
	}
	s := value
	if value[0] == '"' {
		s = unquote(value)
	}
	if !isOf(r.typ, value, s) {
		return nil
	}
	return &s
}

// isOf reports whether a JSON value, with the text s, is a value of type t for the purpose of ordering.
func isOf(t Type, value, s string) bool {
	switch t {
	case Text, Date: // ordered as text, whatever the value is
		return true
	case Numeric:
		return value[0] == '-' || '0' <= value[0] && value[0] <= '9'
	case Bool:
		return value[0] == 't' || value[0] == 'f'
	case Ltree:
		return value[0] == '"' && fits(t, s)
	}
	return fits(t, s)
}

// find returns the value of a key of an object, or "" if value is not an object or does not have the key. If the key
// occurs more than once, the last one counts, as it does for the server.
func find(value, key string) (found string) {
	if value == "" || value[0] != '{' {
		return ""
	}
	for _, m := range appendMembers(nil, value) {
		if m.key == key {
			found = m.value
		}
	}
	return found
}

// isKey reports whether s is the text of a key of type t.
func isKey(t Type, s string) bool {
	switch t {
	case Text, Date:
		return true
	case Numeric:
		return isNumber(s) && badNumber(s) == ""
	case Bool:
		return s == "true" || s == "false"
	}
	return fits(t, s)
}

// equalKeys reports whether two keys are equal for the server. Numbers and UUIDs are compared by value; keys of other
// types by their texts.
func equalKeys(t Type, a, b *string) bool {
	switch {
	case a == nil || b == nil:
		return a == b
	case t == UUID:
		return strings.EqualFold(*a, *b)
	case t == Numeric:
		return normalNumber(*a) == normalNumber(*b)
	}
	return *a == *b
}

// decimal is a number: its sign, its digits without leading and trailing zeros, and the exponent of the last digit.
type decimal struct {
	sign     string
	digits   string
	exponent int
}

// normalNumber returns the same decimal for 5, 5.0 and 50e-1. text must have the syntax of a JSON number.
func normalNumber(text string) (d decimal) {
	mantissa, power := text, "0"
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, power = text[:i], text[i+1:]
	}
	d.exponent, _ = strconv.Atoi(power) // numeric has no exponent that exceeds an int
	if rest, negative := strings.CutPrefix(mantissa, "-"); negative {
		d.sign, mantissa = "-", rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.exponent -= len(fraction)
	all := strings.TrimLeft(whole+fraction, "0")
	d.digits = strings.TrimRight(all, "0")
	d.exponent += len(all) - len(d.digits)
	if d.digits == "" {
		return decimal{}
	}
	return d
}
