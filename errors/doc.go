// Package errors holds every error of the library, and the functions that classify them.
//
// Import it as werr, beside the standard library's errors, whose Is and As find everything here, however deep it is
// wrapped:
//
//	var refused *werr.ServerError
//	switch {
//	case errors.Is(err, werr.ErrConnectionBusy):
//	case errors.As(err, &refused) && refused.SQLState() == "42P01":
//	}
//
// Conditions are sentinels (ErrConnectionBusy), facts are structs (ServerError). Two functions answer the commonest
// questions: CategoryOf gives one word for logs and metrics, and SafeToRetry tells whether the query may be run again
// without running twice.
//
// A text is one line and begins with "fraiseql: ". The library puts no password, row or argument into it. A server's own text
// can quote a row or an argument; ServerError.Redacted leaves it out. Control characters of a server's text are escaped. All
// values are immutable once returned, and safe for any goroutine.
package errors
