package protocol

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// maxQuery bounds a message of ours, in bytes: below what the server accepts (PQ_LARGE_MESSAGE_LIMIT), with room for
// what stands around the statement or the arguments.
const maxQuery = 1<<30 - 1<<20

// AppendQuery appends one round trip that runs sql once: Parse into the unnamed statement without parameter types, Bind
// with the arguments in text format (nil is SQL NULL) and the result in text format, Describe of the portal, Execute
// without a bound, Sync. The server infers the parameters' types.
//
// A NUL in sql or an argument, more than 65535 arguments, and a statement or arguments of about 1 GiB are a
// *errors.UsageError; dst is then returned as it was.
func AppendQuery(dst []byte, sql string, args [][]byte) ([]byte, error) {
	if err := checkSQL(sql); err != nil {
		return dst, err
	}
	if err := checkArguments(args); err != nil {
		return dst, err
	}
	// Calls of the concrete types: through an interface each message would be an allocation.
	out, err := (&pgproto3.Parse{Query: sql}).Encode(dst)
	if err == nil {
		out, err = (&pgproto3.Bind{Parameters: args}).Encode(out)
	}
	if err == nil {
		out, err = (&pgproto3.Describe{ObjectType: 'P'}).Encode(out)
	}
	if err == nil {
		out, err = (&pgproto3.Execute{}).Encode(out)
	}
	if err == nil {
		out, err = (&pgproto3.Sync{}).Encode(out)
	}
	if err != nil {
		return dst, &werr.UsageError{Detail: err.Error()}
	}
	return out, nil
}

// AppendSimpleQuery appends a simple Query. An empty statement is legal, and answered by an EmptyQueryResponse. The
// errors are those of AppendQuery.
func AppendSimpleQuery(dst []byte, sql string) ([]byte, error) {
	if err := checkSQL(sql); err != nil {
		return dst, err
	}
	return appendTo(dst, &pgproto3.Query{String: sql})
}

func checkSQL(sql string) error {
	switch {
	case strings.IndexByte(sql, 0) >= 0:
		return &werr.UsageError{Detail: "the statement holds a NUL byte, which PostgreSQL text cannot"}
	case len(sql) > maxQuery:
		return &werr.UsageError{Detail: fmt.Sprintf("the statement has %d bytes, more than %d", len(sql), maxQuery)}
	}
	return nil
}

func checkArguments(args [][]byte) error {
	if len(args) > math.MaxUint16 {
		return &werr.UsageError{Detail: fmt.Sprintf("%d arguments, more than the protocol's %d; pass an array instead",
			len(args), math.MaxUint16)}
	}
	room := maxQuery
	for i, a := range args {
		if bytes.IndexByte(a, 0) >= 0 {
			return &werr.UsageError{
				Detail: fmt.Sprintf("argument $%d holds a NUL byte, which PostgreSQL text cannot", i+1)}
		}
		if room -= len(a); room < 0 {
			return &werr.UsageError{Detail: fmt.Sprintf("the arguments have more than %d bytes together", maxQuery)}
		}
	}
	return nil
}
