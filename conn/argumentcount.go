package conn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// bindRefused returns a UsageError with both numbers if err is the server's answer to a Bind with the wrong number of
// arguments; given is the number that was sent. Any other error is returned unchanged.
//
// The server must check the number, because only it knows which $1 is a parameter and which is part of a string or a
// comment. It has a single error for this: SQLSTATE 08P01 from the routine exec_bind_message, a name that is not
// translated, unlike the message. If the message has another form, the server's error is returned.
func bindRefused(err error, given int) error {
	var refused *werr.ServerError
	if !errors.As(err, &refused) || refused.Code != "08P01" || refused.Routine != "exec_bind_message" {
		return err
	}
	wanted, ok := otherNumber(refused.Message, strconv.Itoa(given))
	if !ok {
		return err
	}
	return &werr.UsageError{Detail: fmt.Sprintf("wrong number of arguments: got %d, the statement wants %s", given, wanted)}
}

// otherNumber returns the second of two numbers in text if one of them is known. Names, such as that of a prepared
// statement, may contain digits, but do not consist of digits only.
func otherNumber(text, known string) (other string, ok bool) {
	var numbers []string
	for _, word := range strings.FieldsFunc(text, endsWord) {
		if strings.Trim(word, "0123456789") == "" {
			numbers = append(numbers, word)
		}
	}
	switch {
	case len(numbers) != 2:
		return "", false
	case numbers[0] == known:
		return numbers[1], true
	}
	return numbers[0], numbers[1] == known
}

// endsWord reports whether r is neither a letter, nor a digit, nor an underscore.
func endsWord(r rune) bool {
	return r < 0x80 && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
