package protocol_test

import (
	"errors"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

func TestCheckRow(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body    string
		columns int // -1: malformed
	}{
		"no columns":                  {"\x00\x00", 0},
		"one":                         {"\x00\x01\x00\x00\x00\x01a", 1},
		"NULL, empty, and a value":    {"\x00\x03\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x02ab", 3},
		"nothing":                     {"", -1},
		"half a count":                {"\x00", -1},
		"no length":                   {"\x00\x01\x00\x00\x00", -1},
		"a length below NULL's":       {"\x00\x01\xff\xff\xff\xfe", -1},
		"the least length":            {"\x00\x01\x80\x00\x00\x00", -1},
		"a value shorter than it is":  {"\x00\x01\x00\x00\x00\x02a", -1},
		"more than its columns":       {"\x00\x01\x00\x00\x00\x01ab", -1},
		"fewer columns than it says":  {"\x00\x02\x00\x00\x00\x01a", -1},
		"65535 columns, and none":     {"\xff\xff", -1},
		"a value of two gigabytes":    {"\x00\x01\x7f\xff\xff\xffa", -1},
		"nothing behind the last one": {"\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff", 2},
	}
	for name, tt := range tests {
		columns, err := protocol.CheckRow([]byte(tt.body))
		var wrong *werr.ProtocolError
		switch {
		case tt.columns < 0 && (!errors.As(err, &wrong) || wrong.Message != 'D'):
			t.Errorf("%s: %d columns, %v; want a ProtocolError", name, columns, err)
		case tt.columns >= 0 && (err != nil || columns != tt.columns):
			t.Errorf("%s: %d columns, %v; want %d", name, columns, err, tt.columns)
		}
	}
}
