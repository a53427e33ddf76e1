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

// shape is the kind of a Go value, as operators distinguish them.
type shape uint8

const (
	shapeNull   shape = iota
	shapeText         // a string
	shapeNumber       // a Go number, or the text of one as a string
	shapeBool         // a bool
	shapeMoment       // a time.Time
	shapeList         // a list, whose elements the function list returns
	shapeOther        // anything else: can only be used as JSON
)

// shapes has their descriptions for error texts.
var shapes = [...]string{"null", "a string", "a number", "true or false", "a time", "a list", "an object"}

// classify returns the shape of a value, and the value in a simpler form: for pointers, what they point to; for named
// types, the value of the underlying type; for values with a text form, that string; for JSON, the decoded value. The
// last result is an error text, or "".
func classify(value any) (shape, any, string) {
	switch v := value.(type) {
	case nil:
		return shapeNull, nil, ""
	case string:
		return shapeText, value, badText(v) // v would be converted to an interface again, which allocates
	case bool:
		return shapeBool, v, ""
	case int, int64, int32, uint64, uint32, float64, json.Number:
		return shapeNumber, v, ""
	case jsonText:
		return classifyJSON(string(v))
	case json.RawMessage:
		if !json.Valid(v) {
			return 0, nil, "a json.RawMessage that is not valid JSON"
		}
		return classifyJSON(trim(string(v)))
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

func classifyJSON(raw string) (shape, any, string) {
	switch raw[0] {
	case '[':
		return shapeList, jsonText(raw), ""
	case '{':
		return shapeOther, jsonText(raw), ""
	}
	v, detail := scalar(raw)
	if detail != "" {
		return 0, nil, detail
	}
	return classify(v)
}

// scalar decodes a JSON value that is neither an object nor a list; a number keeps its digits.
func scalar(raw string) (value any, detail string) {
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

// list returns the elements of a value of shapeList, as classify returned it.
func list(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case jsonText:
		all := make([]any, 0, count(string(v)))
		for part := range elements(string(v)) {
			all = append(all, element(part))
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

// element returns an element of a JSON list, decoded if it is a valid scalar.
func element(raw string) any {
	if raw[0] != '{' && raw[0] != '[' {
		if value, detail := scalar(raw); detail == "" { // otherwise classify will return the same detail
			return value
		}
	}
	return jsonText(raw)
}

// textOf returns a scalar that classify returned as text, as PostgreSQL reads it in an array.
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

// document returns v as JSON text that PostgreSQL accepts as jsonb, or an error text.
func document(v any) (text, detail string) {
	switch v := v.(type) {
	case jsonText:
		return string(v), badDocument(string(v))
	case []byte:
		return "", "[]byte is not JSON; pass a json.RawMessage"
	case json.RawMessage:
		if !json.Valid(v) {
			return "", "a json.RawMessage that is not valid JSON"
		}
		return string(v), badDocument(string(v))
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return "", "it cannot be marshaled to JSON: " + err.Error()
	}
	return string(encoded), badDocument(string(encoded))
}
