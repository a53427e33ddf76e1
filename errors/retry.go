package errors

import "errors"

// SafeToRetry reports whether running the query again cannot run it twice, and may help. It is true in two cases alone:
//
//   - Nothing of the query was sent: ErrConnectionBusy, an OpError that is Unsent (an idle connection was found dead), or a
//     ConnectError all of whose attempts met no server, or one that refused the login with 53300 (too_many_connections) or
//     57P03 (cannot_connect_now).
//   - The server refused the query with an ERROR, not FATAL, of SQLSTATE 40001 (serialization_failure) or 40P01
//     (deadlock_detected) before a row was delivered, and rolled back all of it: a query, never a CALL or a DO, which can
//     commit a part of their work before they fail.
//
// Everything else is false. Once something was sent, a lost connection proves nothing: the statement may have run to its
// end. Nor do the classes 08 and 57P, because behind a pooler they may come from the pooler while the server works on. And
// what would fail the same way again is not worth a retry: a wrong setting, password, database, certificate, statement or
// argument. Where a ConnectError holds several attempts, each of them has to allow the retry.
func SafeToRetry(err error) bool {
	if failsAgain(err) {
		return false
	}
	var connect *ConnectError
	if errors.As(err, &connect) {
		return connect.passes()
	}
	var op *OpError
	if errors.Is(err, ErrConnectionBusy) || errors.As(err, &op) && op.Unsent {
		return true
	}
	var refused *ServerError
	return errors.As(err, &refused) && refused.rolledBack()
}

// failsAgain reports that the same call would meet the same error.
func failsAgain(err error) bool {
	return has[*ConfigError](err) || has[*UsageError](err) || has[*SchemaError](err) || has[*AuthenticationError](err) ||
		transportSecurity(err)
}

// passes reports that each attempt failed for a reason that passes. A server that refuses the login decides, and so does
// one that does not speak the protocol; the other reasons lie in the network.
func (e *ConnectError) passes() bool {
	for _, attempt := range e.Attempts {
		var nested *ConnectError
		var refused *ServerError
		switch {
		case errors.As(attempt, &nested):
			if !nested.passes() {
				return false
			}
		case errors.As(attempt, &refused):
			if refused.Code != "53300" && refused.Code != "57P03" {
				return false
			}
		case has[*ProtocolError](attempt):
			return false
		}
	}
	return len(e.Attempts) > 0
}

// rolledBack reports that the server has undone the whole query for a reason that passes. FATAL is left out: a pooler may
// say it for a server that goes on.
func (e *ServerError) rolledBack() bool {
	return !e.AfterRows && !e.MayHaveCommitted && e.severity() == "ERROR" && (e.Code == "40001" || e.Code == "40P01")
}
