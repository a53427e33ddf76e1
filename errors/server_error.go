package errors

import "strconv"

// ServerError is an error or a notice of the server: the fields of ErrorResponse and NoticeResponse, described in the
// section "Error and Notice Message Fields" of the PostgreSQL manual. The fields hold the server's text unchanged,
// which can quote a row or an argument; Error escapes its control characters. The texts of a message larger than
// Config.MaxMessageSize are truncated.
type ServerError struct {
	Severity            string
	SeverityUnlocalized string
	Code                string // SQLSTATE
	Message             string
	Detail              string
	Hint                string
	Position            int32 // in characters of the statement, from 1; 0: none
	InternalPosition    int32
	InternalQuery       string
	Where               string
	SchemaName          string
	TableName           string
	ColumnName          string
	DataTypeName        string
	ConstraintName      string
	File                string
	Line                int32
	Routine             string
	UnknownFields       map[byte]string

	// AfterRows reports that rows of the result were received before the error.
	AfterRows bool
	// MayHaveCommitted reports that the statement was of a kind that can commit part of its work before it fails, such
	// as CALL and DO: the error does not prove that all of it was undone.
	MayHaveCommitted bool
}

// Error shows severity, message and SQLSTATE, and the detail and the hint if there are any. See Redacted for logs.
func (e *ServerError) Error() string {
	text := prefix + "server: " + e.severity() + ": " + e.Message
	if e.Code != "" {
		text += " (SQLSTATE " + e.Code + ")"
	}
	if e.Detail != "" {
		text += "; detail: " + e.Detail
	}
	if e.Hint != "" {
		text += "; hint: " + e.Hint
	}
	return printable(text)
}

// Redacted returns the error text without the fields that can quote a value: Message can quote an argument that the
// server could not read, Detail a row, and Where and InternalQuery a statement with its values. What remains is the
// severity, the SQLSTATE, the position in the statement and the server's routine. It is for logs that must contain no
// data.
func (e *ServerError) Redacted() string {
	text := prefix + "server: " + e.severity()
	if e.Code != "" {
		text += " (SQLSTATE " + e.Code + ")"
	}
	if e.Position > 0 {
		text += " at character " + strconv.Itoa(int(e.Position))
	}
	if e.Routine != "" {
		text += " in " + e.Routine
	}
	return printable(text)
}

// severity returns ERROR, FATAL, WARNING and so on, untranslated if the server sends that (since PostgreSQL 9.6).
func (e *ServerError) severity() string {
	if e.SeverityUnlocalized != "" {
		return e.SeverityUnlocalized
	}
	return e.Severity
}

// SQLState returns the error code, five characters long (PostgreSQL manual, "PostgreSQL Error Codes").
func (e *ServerError) SQLState() string { return e.Code }
