package main

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// pieces records the argument of each Write.
type pieces []string

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, string(b))
	return len(b), nil
}

// Output to a pipe is split between rows, never inside one.
func TestRowsStayWholeInPipes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		piece       int
		want        pieces
	}{
		{"a file is written at once", "aa\nbb\ncc\n", 0, pieces{"aa\nbb\ncc\n"}},
		{"what fits", "aa\nbb\n", 6, pieces{"aa\nbb\n"}},
		{"as many lines as fit", "aa\nbb\ncc\n", 7, pieces{"aa\nbb\n", "cc\n"}},
		{"a line that does not fit is written alone", "aaaaaaaa\nbb\ncc\n", 4, pieces{"aaaaaaaa\n", "bb\n", "cc\n"}},
		{"no end of line", "aaaaaaaa", 4, pieces{"aaaaaaaa"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got pieces
			o := newOutput(t.Context(), &got, limit{})
			defer o.close()
			o.piece = tt.piece
			if n, err := o.Write([]byte(tt.lines)); n != len(tt.lines) || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pieces (-want +got):\n%s", diff)
			}
		})
	}
}

// Nobody reads: the end of the run ends the Write, but not before the reader has had time to continue.
func TestStuckOutputEndsWithTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancelCause(t.Context())
		r, w := io.Pipe()
		o := newOutput(ctx, w, limit{})
		failed := make(chan error)
		go func() {
			_, err := o.Write([]byte("row\n"))
			failed <- err
		}()
		synctest.Wait()
		end(signalError{2})
		var signal signalError
		if err := <-failed; !errors.Is(err, errStuck) || !errors.As(err, &signal) {
			t.Errorf("Write: %v, want %v and the signal", err, errStuck)
		}
		r.Close()
		o.close()
	})
}

// A slow reader still gets the row that was begun.
func TestSlowOutputIsFinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		r, w := io.Pipe()
		o := newOutput(ctx, w, limit{})
		done := make(chan error)
		go func() {
			_, err := o.Write([]byte("row\n"))
			done <- err
		}()
		synctest.Wait()
		end()
		synctest.Wait()
		got := make([]byte, 4)
		if _, err := io.ReadFull(r, got); err != nil || string(got) != "row\n" {
			t.Errorf("read %q, %v", got, err)
		}
		if err := <-done; err != nil {
			t.Errorf("Write: %v", err)
		}
		if _, err := o.Write([]byte("row\n")); !errors.Is(err, context.Canceled) {
			t.Errorf("a Write after the end: %v", err)
		}
		o.close()
	})
}
