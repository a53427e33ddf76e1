// Package errors defines all errors of the library, and the functions that classify them.
//
// Import it as werr, next to the standard library's errors package, whose Is and As find all of these errors, however
// deeply they are wrapped:
//
//	var refused *werr.ServerError
//	switch {
//	case errors.Is(err, werr.ErrConnectionBusy):
//	case errors.As(err, &refused) && refused.SQLState() == "42P01":
//	}
//
// Conditions are sentinels (ErrConnectionBusy); errors with details are structs (ServerError). Two functions answer the
// most common questions: CategoryOf returns one word for logs and metrics, and SafeToRetry reports whether the query
// may be run again without executing twice.
//
// An error text is one line and begins with "fraiseql: ". The library puts no password, row or argument into it. A
// server's own text can quote a row or an argument; ServerError.Redacted leaves it out. Control characters of a
// server's text are escaped. All values are immutable once returned, and safe for concurrent use.
package errors
