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

// stdinName stands for standard input, as an argument and as the value of --file.
const stdinName = "-"

var (
	errOneStatement   = errors.New("want one SQL statement, in quotes, or --file")
	errTwoStatements  = errors.New("want either a statement or --file, not both")
	errEmptyStatement = errors.New("the statement is empty")
)

// oneStatement is the Args function of commands that take a statement: it must be given once, as the only argument or
// through --file.
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

// statement is the SQL to run: the argument itself, or what stands in the file that file names, or on standard input. A
// byte order mark in front of it, as some editors write it, is dropped.
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

// readAll is io.ReadAll, but does not outlast ctx: whoever writes to r may never end. The goroutine that still reads then
// ends with the program.
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
