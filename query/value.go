package query

import (
	"database/sql/driver"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// shape is what a Go value is to an operator.
type shape uint8

const (
	shapeNull   shape = iota
	shapeText         // a string
	shapeNumber       // a Go number, or the digits of one as a string
	shapeBool         // a bool
	shapeMoment       // a time.Time
	shapeList         // what list takes apart
	shapeOther        // anything else: only as JSON
)

// shapes has their names for errors.
var shapes = [...]string{"null", "a string", "a number", "true or false", "a time", "a list", "an object"}

// classify finds out what v is, and reduces it: pointers to what they point to, named types to their kind, what has a
// text form to a string, JSON to what stands in it.
func classify(value any) (shape, any, string) {
	switch v := value.(type) {
	case nil:
		return shapeNull, nil, ""
	case string:
		return shapeText, value, badText(v) // v would be boxed again
	case bool:
		return shapeBool, v, ""
	case int, int64, int32, uint64, uint32, float64, json.Number:
		return shapeNumber, v, ""
	case json.RawMessage:
		return classifyJSON(v)
	case time.Time:
		return shapeMoment, v, ""
	case []any, []string:
		return shapeList, v, ""
	case []byte:
		return 0, nil, "[]byte is neither text nor JSON; pass a string or a json.RawMessage"
	}
	return classifyReflected(reflect.ValueOf(value))
}

func classifyReflected(v reflect.Value) (shape, any, string) {
	switch kind := v.Kind(); {
	case (kind == reflect.Pointer || kind == reflect.Slice || kind == reflect.Map) && v.IsNil():
		if kind == reflect.Slice {
			return shapeList, v.Interface(), ""
		}
		return shapeNull, nil, ""
	}
	switch known := v.Interface().(type) {
	case *time.Time:
		return shapeMoment, *known, ""
	case encoding.TextMarshaler:
		text, err := known.MarshalText()
		if err != nil {
			return 0, nil, fmt.Sprintf("the text of a %T: %v", known, err)
		}
		return shapeText, string(text), badText(string(text))
	case driver.Valuer:
		value, err := known.Value()
		if err != nil {
			return 0, nil, fmt.Sprintf("the value of a %T: %v", known, err)
		}
		if b, ok := value.([]byte); ok {
			value = string(b)
		}
		return classify(value)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return classify(v.Elem().Interface())
	case reflect.String:
		return shapeText, v.String(), badText(v.String())
	case reflect.Bool:
		return shapeBool, v.Bool(), ""
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return shapeNumber, v.Int(), ""
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return shapeNumber, v.Uint(), ""
	case reflect.Float32:
		return shapeNumber, json.Number(strconv.FormatFloat(v.Float(), 'g', -1, 32)), ""
	case reflect.Float64:
		return shapeNumber, v.Float(), ""
	case reflect.Slice, reflect.Array:
		return shapeList, v.Interface(), ""
	}
	return shapeOther, v.Interface(), ""
}

func classifyJSON(raw json.RawMessage) (shape, any, string) {
	if !json.Valid(raw) {
		return 0, nil, "a json.RawMessage that is no JSON"
	}
	raw = trim(raw)
	switch raw[0] {
	case '[':
		return shapeList, raw, ""
	case '{':
		return shapeOther, raw, ""
	}
	v, detail := scalar(raw)
	if detail != "" {
		return 0, nil, detail
	}
	return classify(v)
}

// scalar decodes what is neither an object nor a list; a number keeps its digits.
func scalar(raw []byte) (value any, detail string) {
	switch raw[0] {
	case 'n':
		return nil, ""
	case 't', 'f':
		return raw[0] == 't', ""
	case '"':
		return unquote(raw), badEscapes(raw)
	}
	return json.Number(raw), ""
}

// list is the elements of what classify calls a list.
func list(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case json.RawMessage:
		parts := elements(v)
		all := make([]any, len(parts))
		for i, part := range parts {
			all[i] = json.RawMessage(part)
			if part[0] != '{' && part[0] != '[' {
				if value, detail := scalar(part); detail == "" { // else whoever classifies it finds the same
					all[i] = value
				}
			}
		}
		return all
	}
	r := reflect.ValueOf(v)
	all := make([]any, r.Len())
	for i := range all {
		all[i] = r.Index(i).Interface()
	}
	return all
}

// textOf is a reduced scalar as text: what PostgreSQL reads in an array.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// document is v as JSON text that PostgreSQL takes as jsonb.
func document(v any) (text, detail string) {
	raw, ok := v.(json.RawMessage)
	switch _, bytes := v.([]byte); {
	case bytes:
		return "", "[]byte is no JSON; pass a json.RawMessage"
	case !ok:
		encoded, err := json.Marshal(v)
		if err != nil {
			return "", "it has no JSON: " + err.Error()
		}
		raw = encoded
	case !json.Valid(raw):
		return "", "a json.RawMessage that is no JSON"
	}
	return string(raw), badDocument(raw)
}
