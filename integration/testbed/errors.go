package testbed

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// WrongPassword is a password that no role has, and that no error text may contain: see CheckOneLine.
const WrongPassword = "s3cret-and-wrong"

// SQLState returns the SQLSTATE of the server's error in err, or "" if there is none.
func SQLState(err error) string {
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		return refused.SQLState()
	}
	return ""
}

// CheckOneLine fails unless an error is one line of text, without WrongPassword.
func CheckOneLine(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	switch text := err.Error(); {
	case strings.ContainsAny(text, "\r\n"), text == "", len(text) > 1000:
		t.Errorf("not one clear line: %q", text)
	case strings.Contains(text, WrongPassword):
		t.Errorf("the password is in %q", text)
	}
}

// CheckCategory fails unless err is an error of one of the categories.
func CheckCategory(t testing.TB, err error, categories ...werr.Category) {
	t.Helper()
	if got := werr.CategoryOf(err); err == nil || !slices.Contains(categories, got) {
		t.Errorf("%v is of category %q, want one of %q", err, got, categories)
	}
}

// CheckTimeout fails unless err is a timeout in the given phase after the given time.
func CheckTimeout(t testing.TB, err error, phase string, after time.Duration) {
	t.Helper()
	var got *werr.TimeoutError
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want a *TimeoutError", err)
	}
	if diff := cmp.Diff(&werr.TimeoutError{Phase: phase, After: after}, got); diff != "" {
		t.Errorf("timeout (-want +got):\n%s", diff)
	}
	if werr.CategoryOf(err) != werr.CategoryTimeout {
		t.Errorf("category %v", werr.CategoryOf(err))
	}
}
