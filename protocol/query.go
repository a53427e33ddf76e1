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

// What is sent for one round trip of the extended protocol is put together of these, and ended by AppendSync
// ("Extended Query"): AppendClose for statements that are no longer wanted, AppendParse where a statement is new to
// the server, and AppendExecute. The unnamed statement has the name "".

// AppendQuery appends one round trip that runs sql once: Parse into the unnamed statement, AppendExecute with a
// description, Sync. Its errors are those of the parts; dst is then returned as it was.
func AppendQuery(dst []byte, sql string, args [][]byte) ([]byte, error) {
	out, err := AppendParse(dst, "", sql)
	if err != nil {
		return dst, err
	}
	if out, err = AppendExecute(out, "", args, true); err != nil {
		return dst, err
	}
	return AppendSync(out), nil
}

// AppendParse appends a Parse of sql into a statement, without parameter types: the server infers them. A NUL in sql,
// and a statement of about 1 GiB, are a *errors.UsageError. REQUIRES: name is short and holds no NUL.
func AppendParse(dst []byte, name, sql string) ([]byte, error) {
	if err := checkSQL(sql); err != nil {
		return dst, err
	}
	// A call of the concrete type, here and below: through an interface each message would be an allocation.
	out, err := (&pgproto3.Parse{Name: name, Query: sql}).Encode(dst)
	if err != nil {
		return dst, &werr.UsageError{Detail: err.Error()}
	}
	return out, nil
}

// AppendExecute appends what runs a statement once: Bind to the unnamed portal, with the arguments in text format
// (nil is SQL NULL) and the result in text format, Describe of the portal if the columns are to be described, Execute
// without a bound. A NUL in an argument, more than 65535 arguments, and arguments of about 1 GiB are a
// *errors.UsageError. REQUIRES: name is short and holds no NUL.
func AppendExecute(dst []byte, name string, args [][]byte, describe bool) ([]byte, error) {
	if err := checkArguments(args); err != nil {
		return dst, err
	}
	out, err := (&pgproto3.Bind{PreparedStatement: name, Parameters: args}).Encode(dst)
	if err == nil && describe {
		out, err = (&pgproto3.Describe{ObjectType: 'P'}).Encode(out)
	}
	if err == nil {
		out, err = (&pgproto3.Execute{}).Encode(out)
	}
	if err != nil {
		return dst, &werr.UsageError{Detail: err.Error()}
	}
	return out, nil
}

// AppendClose appends a Close of a prepared statement. The server answers with CloseComplete also where it knows none
// by that name. REQUIRES: name is short and holds no NUL.
func AppendClose(dst []byte, name string) []byte {
	dst, _ = appendTo(dst, &pgproto3.Close{ObjectType: 'S', Name: name}) // cannot fail
	return dst
}

// AppendSimpleQuery appends a simple Query. An empty statement is legal, and answered by an EmptyQueryResponse. The
// errors are those of AppendParse.
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
