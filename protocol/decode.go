package protocol

import (
	"github.com/jackc/pgx/v5/pgproto3"
)

// Decoder decodes the messages of a server. The zero value is ready. It is for one goroutine at a time.
//
// It reuses the messages that every query brings. Unless said otherwise, a message returned is valid until the next
// Decode, and what it aliases until the Reader's next More. ErrorResponse, NoticeResponse, ParameterStatus,
// NotificationResponse, NegotiateProtocolVersion and BackendKeyData are fresh each time and alias nothing.
type Decoder struct {
	commandComplete pgproto3.CommandComplete
	readyForQuery   pgproto3.ReadyForQuery
	rowDescription  pgproto3.RowDescription
}

// Forget lets go of what the messages alias, so that the memory that they were read into can be given up.
func (d *Decoder) Forget() {
	d.commandComplete.CommandTag = nil
	clear(d.rowDescription.Fields[:cap(d.rowDescription.Fields)])
	d.rowDescription.Fields = d.rowDescription.Fields[:0]
}

// kind is how one type of message is decoded.
type kind struct {
	shape   func(body []byte) string // says what is malformed, or returns the empty string
	message func(d *Decoder) pgproto3.BackendMessage
}

// kinds are all messages that a server may send after the StartupMessage, except DataRow, which Rows reads, and the
// family of Authentication, whose members differ in their first number.
var kinds = [256]kind{
	'1': {empty, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.ParseComplete{} }},
	'2': {empty, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.BindComplete{} }},
	'3': {empty, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.CloseComplete{} }},
	'A': {notification, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.NotificationResponse{} }},
	'c': {empty, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.CopyDone{} }},
	'C': {oneString, func(d *Decoder) pgproto3.BackendMessage { return &d.commandComplete }},
	'd': {anything, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.CopyData{} }},
	'E': {fields, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.ErrorResponse{} }},
	'G': {copyFormats, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.CopyInResponse{} }},
	'H': {copyFormats, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.CopyOutResponse{} }},
	'I': {empty, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.EmptyQueryResponse{} }},
	'K': {keyData, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.BackendKeyData{} }},
	'n': {empty, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.NoData{} }},
	'N': {fields, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.NoticeResponse{} }},
	's': {empty, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.PortalSuspended{} }},
	'S': {twoStrings, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.ParameterStatus{} }},
	't': {parameterOIDs, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.ParameterDescription{} }},
	'T': {columns, func(d *Decoder) pgproto3.BackendMessage { return &d.rowDescription }},
	'v': {options, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.NegotiateProtocolVersion{} }},
	'V': {functionResult, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.FunctionCallResponse{} }},
	'W': {copyFormats, func(*Decoder) pgproto3.BackendMessage { return &pgproto3.CopyBothResponse{} }},
	'Z': {transactionStatus, func(d *Decoder) pgproto3.BackendMessage { return &d.readyForQuery }},
}

// authentication is the type byte of the family of Authentication messages.
const authentication = 'R'

// Decode decodes the message of the type typ with the given body. A type that no server sends, a DataRow, and a body
// that is malformed in any way are a *errors.ProtocolError with typ.
func (d *Decoder) Decode(typ byte, body []byte) (pgproto3.BackendMessage, error) {
	k := &kinds[typ]
	if typ == authentication {
		var err error
		if k, err = authenticationKind(body); err != nil {
			return nil, err
		}
	}
	if k.message == nil {
		return nil, malformed(typ, "no message of this type is expected from a server")
	}
	if wrong := k.shape(body); wrong != "" {
		return nil, malformed(typ, "%s", wrong)
	}
	m := k.message(d)
	if err := m.Decode(body); err != nil {
		return nil, malformed(typ, "%s", err)
	}
	return m, nil
}
