package errors

import "strings"

// ServerError is an error, or a notice, that the server sent: the fields of ErrorResponse and NoticeResponse, by the names
// of the manual's section "Error and Notice Message Fields". The fields hold the server's text as it came; Error escapes
// what a terminal would obey.
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
}

// Error is severity, message and SQLSTATE, and the hint where there is one.
func (e *ServerError) Error() string {
	severity := e.SeverityUnlocalized
	if severity == "" {
		severity = e.Severity
	}
	text := "fraiseql: server: " + severity + ": " + e.Message
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

// SQLState is the five letters of the error code ("PostgreSQL Error Codes").
func (e *ServerError) SQLState() string { return e.Code }

// retryable says whether the server refused the query for a reason that lies in the moment, before a row was delivered.
func (e *ServerError) retryable() bool {
	if e.AfterRows {
		return false
	}
	switch e.Code {
	case "40001", "40P01", "53300", "57P01", "57P02", "57P03":
		return true
	}
	return strings.HasPrefix(e.Code, "08")
}
