package argument

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

// None of these text forms contains a character that has to be escaped; inside an array some need quotes around them.

func (e *encoder) int(n int64)   { e.buf = strconv.AppendInt(e.buf, n, 10) }
func (e *encoder) uint(n uint64) { e.buf = strconv.AppendUint(e.buf, n, 10) }
func (e *encoder) bool(b bool)   { e.buf = strconv.AppendBool(e.buf, b) }

// Floats between these bounds are written without an exponent, so that a whole number is also valid for an integer
// parameter.
const (
	leastPlainFloat    = 1e-6
	greatestPlainFloat = 1e21
)

// float appends the shortest form that reads back as f (manual, "Floating-Point Types").
func (e *encoder) float(f float64, bits int) {
	switch abs := math.Abs(f); {
	case f != f:
		e.buf = append(e.buf, "NaN"...)
	case math.IsInf(f, 1):
		e.buf = append(e.buf, "Infinity"...)
	case math.IsInf(f, -1):
		e.buf = append(e.buf, "-Infinity"...)
	case abs == 0, abs >= leastPlainFloat && abs < greatestPlainFloat:
		e.buf = strconv.AppendFloat(e.buf, f, 'f', -1, bits)
	default:
		e.buf = strconv.AppendFloat(e.buf, f, 'e', -1, bits)
	}
}

// bytea appends the hex form (manual, "bytea Hex Format").
func (e *encoder) bytea(b []byte) {
	if e.elements > 0 {
		e.buf = append(e.buf, `"\\x`...)
		e.buf = append(hex.AppendEncode(e.buf, b), '"')
		return
	}
	e.buf = append(e.buf, `\x`...)
	e.buf = hex.AppendEncode(e.buf, b)
}

// duration appends an interval in seconds (manual, "Interval Input"). Fractions of a microsecond are dropped. Because
// of the unit, a server that expects a number reports an error instead of misreading the interval.
func (e *encoder) duration(d time.Duration) {
	if e.elements > 0 {
		e.buf = append(e.buf, '"')
		defer func() { e.buf = append(e.buf, '"') }()
	}
	micros := d.Microseconds()
	if micros < 0 {
		e.buf = append(e.buf, '-')
		micros = -micros
	}
	e.buf = strconv.AppendInt(e.buf, micros/1e6, 10)
	if fraction := micros % 1e6; fraction > 0 {
		digits := strconv.AppendInt(nil, 1e6+fraction, 10) // the leading 1 keeps the zeros
		digits[0] = '.'
		e.buf = append(e.buf, digits...)
	}
	e.buf = append(e.buf, " seconds"...)
}

// maxZone is the smallest offset from UTC, in seconds, that PostgreSQL does not accept.
const maxZone = 16 * 60 * 60

// time appends an ISO 8601 date, time and offset (manual, "Date/Time Input"): a year before 1 as BC, one above 9999
// with all its digits. Fractions of a microsecond are dropped. A parameter without a time zone takes the date and time
// as written and ignores the offset.
func (e *encoder) time(t time.Time) {
	_, offset := t.Zone()
	if offset <= -maxZone || offset >= maxZone {
		t, offset = t.UTC(), 0
	}
	layout := "-01-02 15:04:05.999999-07:00"
	if offset%60 != 0 { // local mean time, as in old dates
		layout = "-01-02 15:04:05.999999-07:00:00"
	}
	year := t.Year()
	era := ""
	if year <= 0 {
		year, era = 1-year, " BC"
	}
	if e.elements > 0 {
		e.buf = append(e.buf, '"')
		defer func() { e.buf = append(e.buf, '"') }()
	}
	for digits := 1000; digits > year; digits /= 10 {
		e.buf = append(e.buf, '0')
	}
	e.buf = strconv.AppendInt(e.buf, int64(year), 10)
	e.buf = t.AppendFormat(e.buf, layout)
	e.buf = append(e.buf, era...)
}
