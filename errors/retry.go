package errors

import "errors"

// SafeToRetry reports whether the query may be run again: it cannot execute twice, and another attempt may succeed. It
// is true in two cases only:
//
//   - No part of the query was sent: ErrConnectionBusy, an OpError that is Unsent (an idle connection was found dead),
//     or a ConnectError whose attempts all found no server, or one that refused the login with 53300
//     (too_many_connections) or 57P03 (cannot_connect_now).
//   - The server refused the query with an ERROR, not FATAL, of SQLSTATE 40001 (serialization_failure) or 40P01
//     (deadlock_detected) before a row was delivered, and rolled back all of it: a query, never a CALL or a DO, which
//     can commit part of their work before they fail.
//
// For every other error it is false. Once something was sent, a lost connection proves nothing: the statement may have
// completed. Neither do the classes 08 and 57P, because they may come from a pooler while the server goes on with the
// query. An error that would occur again is not worth a retry: a wrong setting, password, database, certificate,
// statement or argument. If a ConnectError holds several attempts, each of them must allow the retry.
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

// failsAgain reports whether the same call would fail with the same error.
func failsAgain(err error) bool {
	return has[*ConfigError](err) || has[*UsageError](err) || has[*SchemaError](err) || has[*AuthenticationError](err) ||
		transportSecurity(err)
}

// passes reports whether each attempt failed for a temporary reason. A refused login is temporary only with some codes,
// and a server that does not speak the protocol never is; all other reasons lie in the network.
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

// rolledBack reports whether the server has undone the whole query for a temporary reason. FATAL does not count: a
// pooler may send it while the server goes on.
func (e *ServerError) rolledBack() bool {
	return !e.AfterRows && !e.MayHaveCommitted && e.severity() == "ERROR" && (e.Code == "40001" || e.Code == "40P01")
}
