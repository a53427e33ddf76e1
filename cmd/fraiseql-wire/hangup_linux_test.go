package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// The reader of a pipe closes it while there is nothing to write.
func TestHangupEndsTheRun(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, stop := watchHangup(t.Context(), w)
	defer stop()
	if ctx.Err() != nil {
		t.Fatal("the run ended before its reader")
	}
	r.Close()
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, syscall.EPIPE) {
		t.Errorf("the cause is %v, want EPIPE", cause)
	}
}

func TestPipesAreKnown(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if !isPipe(w) || isPipe(file) || isPipe(&strings.Builder{}) {
		t.Errorf("a pipe: %v, a file: %v, neither: %v", isPipe(w), isPipe(file), isPipe(&strings.Builder{}))
	}
}
