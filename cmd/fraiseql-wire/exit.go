package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Exit codes. After a signal the exit code is 128 plus the signal's number, as in shells.
const (
	exitDone    = 0
	exitFailure = 1
	exitUsage   = 2
)

// usageError reports a wrong command line. No connection was made.
type usageError struct{ error }

// report writes err to out as one line, and returns the program's exit code.
func report(ctx context.Context, cmd *cobra.Command, err error, out io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, syscall.EPIPE) && ctx.Err() == nil:
		return exitDone // the reader of standard output has closed it, as head does
	case errors.Is(err, syscall.EPIPE):
		return exitFailure // a signal ended the reader too; it determines the exit code
	case errors.As(err, &usage):
		fmt.Fprintf(out, "fraiseql-wire: %v; see '%s --help'\n", usage.error, cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintln(out, message(err))
	if werr.CategoryOf(err) == werr.CategoryConfig {
		return exitUsage
	}
	return exitFailure
}

// message returns one line with the program's name, what went wrong, and what the user can do about it.
func message(err error) string {
	var timeout timeoutError
	var signal signalError
	var memory *werr.MemoryLimitExceededError
	switch {
	case errors.As(err, &signal):
		return "fraiseql-wire: " + signal.Error()
	case errors.As(err, &timeout):
		return "fraiseql-wire: " + timeout.Error()
	case errors.As(err, &memory):
		return fmt.Sprintf("fraiseql-wire: the next row would bring the bytes buffered to %d, above --max-memory %d; "+
			"raise it, or use --memory-policy wait if --read-ahead is always", memory.Current, memory.Limit)
	}
	text := strings.TrimPrefix(err.Error(), "fraiseql: ")
	if what := advice(err); what != "" {
		text += "; " + what
	}
	return "fraiseql-wire: " + strings.ReplaceAll(text, "\n", "; ") // of joined errors
}
