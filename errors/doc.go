// Package errors has every error of the library, and tells how to classify one.
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
// There are sentinels for conditions (ErrConnectionBusy) and structs for facts (ServerError). Two functions answer what
// programs ask most: CategoryOf gives a word for logs and metrics, SafeToRetry tells whether running the query again
// cannot run it twice.
//
// Texts begin with "fraiseql: " at most once, are one line, and never hold a password. What a server wrote is shown with
// its control characters escaped. All values are immutable once returned, and safe for any goroutine.
package errors
