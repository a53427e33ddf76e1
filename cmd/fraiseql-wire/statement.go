package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// stdinName means standard input, as an argument and as the value of --file.
const stdinName = "-"

var (
	errOneStatement   = errors.New("want one SQL statement, in quotes, or --file")
	errTwoStatements  = errors.New("want either a statement or --file, not both")
	errEmptyStatement = errors.New("the statement is empty")
)

// oneStatement checks the arguments of a command that takes one statement, either as its only argument or with --file.
func oneStatement(cmd *cobra.Command, args []string) error {
	inFile := cmd.Flags().Changed("file")
	switch {
	case inFile && len(args) > 0:
		return errTwoStatements
	case !inFile && (len(args) != 1 || strings.TrimSpace(args[0]) == ""):
		return errOneStatement
	}
	return nil
}

// statement returns the SQL to run: the argument, or the content of the file, or of standard input. A byte order mark
// at its beginning, which some editors write, is removed.
func statement(ctx context.Context, cmd *cobra.Command, file string, args []string) (string, error) {
	if len(args) == 1 && args[0] != stdinName {
		return args[0], nil
	}
	var text []byte
	var err error
	if len(args) == 1 || file == stdinName {
		text, err = readAll(ctx, cmd.InOrStdin())
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", err
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if len(bytes.TrimSpace(text)) == 0 {
		return "", usageError{errEmptyStatement}
	}
	return string(text), nil
}

// readAll is io.ReadAll, but returns when ctx ends, because r may never reach its end. A goroutine that is still
// reading is then left until the process ends.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(r)
		read <- result{text, err}
	}()
	select {
	case got := <-read:
		return got.text, got.err
	case <-ctx.Done():
		return nil, werr.FromContext(ctx)
	}
}
