package query

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Limits of the type numeric (manual, "Numeric Types"): digits before and after the decimal point.
const (
	maxWhole    = 131072
	maxFraction = 16383
)

// badNumber returns an error text if text, which must have the syntax of a JSON number, is out of the range of numeric,
// or "".
func badNumber(text string) string {
	if len(text) <= 16 && !strings.ContainsAny(text, "eE") {
		return ""
	}
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		n, err := strconv.Atoi(strings.TrimPrefix(text[i+1:], "+"))
		if err != nil || n > maxWhole || n < -maxFraction {
			return "is a number out of range for numeric"
		}
		exponent = n
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	if len(whole)+exponent > maxWhole || len(fraction)-exponent > maxFraction {
		return "is a number out of range for numeric"
	}
	return ""
}

// isNumber reports whether s has the syntax of a JSON number (RFC 8259, section 6).
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if strings.HasPrefix(s, ".") {
		n := digits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if s == "" || s[0] != 'e' && s[0] != 'E' {
		return s == ""
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return s != "" && digits(s) == len(s)
}

// digits returns the number of digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// number checks a Go number, or the text of one. It is bound unchanged, so that no digit is lost.
func number(arg any) (same any, detail string) {
	switch v := arg.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Sprintf("%v cannot be compared", v)
		}
	case json.Number:
		return arg, badDigits(string(v))
	case string:
		return arg, badDigits(v)
	}
	return arg, ""
}

// badDigits returns why text is not a number that can be compared, or "".
func badDigits(text string) string {
	if !isNumber(text) {
		return "want a number, got " + quoted(text)
	}
	return badNumber(text)
}

// wholeNumber converts a number without a fraction.
func wholeNumber(v any) (n int64, ok bool) {
	switch v := v.(type) {
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	return n, err == nil
}
