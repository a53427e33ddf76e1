package errors

import "strconv"

// ServerError is an error or a notice of the server: the fields of ErrorResponse and NoticeResponse, by the names of the
// manual's section "Error and Notice Message Fields". The fields hold the server's text as it came, which can quote a row or
// an argument; Error escapes its control characters. Texts of a message above Config.MaxMessageSize are cut.
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

	// AfterRows says that rows of the result had come before the error.
	AfterRows bool
	// MayHaveCommitted says that the statement was of a kind that can commit a part of its work before it fails, such as
	// CALL and DO: the error does not prove that nothing is left of it.
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

// Redacted is the error without the texts that can quote a value: an argument that the server could not read stands in its
// Message, a row in its Detail, a statement with its values in Where and InternalQuery. What is left is severity, SQLSTATE,
// the position in the statement and the server's routine. It is for logs that must hold no data.
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

// severity is ERROR, FATAL, WARNING and so on, not translated where the server sends that (since PostgreSQL 9.6).
func (e *ServerError) severity() string {
	if e.SeverityUnlocalized != "" {
		return e.SeverityUnlocalized
	}
	return e.Severity
}

// SQLState is the error code, five characters long (manual, "PostgreSQL Error Codes").
func (e *ServerError) SQLState() string { return e.Code }
