package httpstream

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// StatusOf returns the status for an error of Query, or of a stream that failed before its first row.
//
//	400  a *errors.UsageError, SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation)
//	403  42501 (insufficient privilege), class 28 raised by a query
//	404  42P01 (undefined table)
//	406  the error of Serve if the client accepts none of the formats
//	409  40001 (serialization failure)
//	503  no connection: refused, full, closed, busy, a failed login of this program, an open circuit breaker, a full pool
//	504  57014 (query canceled) and every timeout
//	500  everything else, such as a setting of the query that the server rejects
func StatusOf(err error) int {
	var wrong *werr.UsageError
	var refused *werr.ServerError
	switch {
	case errors.Is(err, errNotAcceptable):
		return http.StatusNotAcceptable
	case noConnection(err):
		return http.StatusServiceUnavailable
	case errors.As(err, &wrong): // even if it wraps the server's error about an operand
		return http.StatusBadRequest
	case ofSetting(err):
		return http.StatusInternalServerError
	case errors.As(err, &refused):
		return statusOfCode(refused.Code)
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	if werr.CategoryOf(err) == werr.CategoryTimeout {
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// ofSetting reports whether the server has rejected a setting of the query, such as its role, which is not the client's
// fault.
func ofSetting(err error) bool {
	var op *werr.OpError
	return errors.As(err, &op) && strings.HasPrefix(op.Op, "With")
}

// noConnection reports whether there was no connection for the query.
func noConnection(err error) bool {
	var connect *werr.ConnectError
	var open *werr.CircuitOpenError
	var full *werr.PoolTimeoutError
	if errors.As(err, &connect) || errors.As(err, &open) || errors.As(err, &full) || errors.Is(err, werr.ErrPoolClosed) {
		return true
	}
	switch werr.CategoryOf(err) {
	case werr.CategoryBusy, werr.CategoryConnect, werr.CategoryAuth, werr.CategoryClosed:
		return true
	}
	return false
}

// statusOfCode returns the status for a SQLSTATE (PostgreSQL manual, appendix "PostgreSQL Error Codes").
func statusOfCode(code string) int {
	switch code {
	case "42501":
		return http.StatusForbidden
	case "42P01":
		return http.StatusNotFound
	case "40001":
		return http.StatusConflict
	case "57014":
		return http.StatusGatewayTimeout
	}
	switch code[:min(2, len(code))] {
	case "22", "23":
		return http.StatusBadRequest
	case "28":
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}

// retryAfter returns the Retry-After header of a 503, in seconds.
func retryAfter(err error) string {
	var open *werr.CircuitOpenError
	if errors.As(err, &open) {
		return strconv.Itoa(int(max(1, (open.RetryAfter+time.Second-1)/time.Second)))
	}
	return "1"
}
