package stream

import (
	"encoding/json"
	"errors"
	"reflect"
	"time"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// sampleEvery is how often the work on single rows is timed: for the first row and then for one in sampleEvery.
const sampleEvery = 64

// sampled returns the current time if row, counted from 1, is one to be timed, and the zero time otherwise.
func sampled(row uint64) time.Time {
	if row%sampleEvery != 1 {
		return time.Time{}
	}
	return time.Now()
}

// filterTook records the time of a call of the filter that started at began; the zero time means that it was not timed.
func (r *record) filterTook(began time.Time) {
	if !began.IsZero() {
		r.entity.Filtered(time.Since(began))
	}
}

// parseError records that the current row is not valid JSON.
func (r *record) parseError() { r.entity.ParseError() }

// decoder tallies the rows decoded into one Go type.
type decoder struct {
	target   reflect.Type // of the pointer
	name     string
	handles  *wiremetrics.Decoder
	calls    uint64 // the consumer's own
	rows     word   // decoded; written by the consumer
	reported uint64 // guarded by record.mu
}

// decoder returns the tally for a pointer type. A program decodes into only a few types, so a linear search is quick.
// Only the consumer calls it.
func (r *record) decoder(target reflect.Type) *decoder {
	for _, d := range r.decoders {
		if d.target == target {
			return d
		}
	}
	name := typeName(target)
	d := &decoder{target: target, name: name, handles: r.entity.Decoder(name)}
	r.mu.Lock()
	r.decoders = append(r.decoders, d)
	r.mu.Unlock()
	return d
}

// typeName is the name of the type that t points to.
func typeName(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.String()
}

// begin returns the current time if this call is one to be timed, and the zero time otherwise.
func (d *decoder) begin() time.Time {
	d.calls++
	return sampled(d.calls)
}

// end tallies a call that started at began.
func (d *decoder) end(began time.Time, err error) {
	if !began.IsZero() {
		d.handles.Took(time.Since(began))
	}
	if err == nil {
		d.rows.set(d.rows.load() + 1)
	}
}

// report adds to the metrics the rows decoded since the last report. The caller holds record.mu.
func (d *decoder) report() {
	if rows := d.rows.load(); rows > d.reported {
		d.handles.Rows(rows - d.reported)
		d.reported = rows
	}
}

// decodeFailed counts a row that could not be decoded into the type; one that is not valid JSON is a parse error too.
func (r *record) decodeFailed(d *decoder, err error) {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	var target *json.InvalidUnmarshalError
	switch {
	case errors.As(err, &syntax):
		d.handles.Failed("syntax")
		r.entity.ParseError()
	case errors.As(err, &mismatch):
		d.handles.Failed("type")
	case errors.As(err, &target):
		d.handles.Failed("target")
	default:
		d.handles.Failed("other")
	}
}
