package protocol_test

import (
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// Every field of the message stands in the error, under the same name.
func TestServerErrorOf(t *testing.T) {
	t.Parallel()
	m := &pgproto3.ErrorResponse{}
	from := reflect.ValueOf(m).Elem()
	for i := range from.NumField() {
		switch f := from.Field(i); f.Interface().(type) {
		case string:
			f.SetString(from.Type().Field(i).Name)
		case int32:
			f.SetInt(int64(i) + 1)
		case map[byte]string:
			f.Set(reflect.ValueOf(map[byte]string{'z': "new"}))
		default:
			t.Fatalf("field %s has a type not known here", from.Type().Field(i).Name)
		}
	}
	for _, got := range []any{protocol.ServerErrorOf(m), protocol.NoticeOf((*pgproto3.NoticeResponse)(m))} {
		to := reflect.ValueOf(got).Elem()
		for i := range from.NumField() {
			name := from.Type().Field(i).Name
			field := to.FieldByName(name)
			if !field.IsValid() {
				t.Errorf("field %s is lost", name)
				continue
			}
			if !reflect.DeepEqual(field.Interface(), from.Field(i).Interface()) {
				t.Errorf("field %s is %v, want %v", name, field, from.Field(i))
			}
		}
	}
}
