package protocol

import (
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// ServerErrorOf is the error that the server reports in m.
func ServerErrorOf(m *pgproto3.ErrorResponse) *werr.ServerError {
	return &werr.ServerError{
		Severity:            m.Severity,
		SeverityUnlocalized: m.SeverityUnlocalized,
		Code:                m.Code,
		Message:             m.Message,
		Detail:              m.Detail,
		Hint:                m.Hint,
		Position:            m.Position,
		InternalPosition:    m.InternalPosition,
		InternalQuery:       m.InternalQuery,
		Where:               m.Where,
		SchemaName:          m.SchemaName,
		TableName:           m.TableName,
		ColumnName:          m.ColumnName,
		DataTypeName:        m.DataTypeName,
		ConstraintName:      m.ConstraintName,
		File:                m.File,
		Line:                m.Line,
		Routine:             m.Routine,
		UnknownFields:       m.UnknownFields,
	}
}

// NoticeOf is the notice in m: the same fields as an error's.
func NoticeOf(m *pgproto3.NoticeResponse) *werr.ServerError {
	return ServerErrorOf((*pgproto3.ErrorResponse)(m))
}
