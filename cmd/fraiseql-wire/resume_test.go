package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/query"
)

// The file exists only while an export is incomplete, and another statement does not accept it.
func TestPlaceFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "place")
	q := query.From("v").OrderBy(query.Field("id").Asc())
	f, err := openPlace(path, q)
	if err != nil || f.Rows != 0 {
		t.Fatalf("%+v, %v", f, err)
	}
	failed := errors.New("broken")
	if err := f.end(failed); err != failed {
		t.Errorf("%v, want only the failure: nothing was written", err)
	}
	if f.Cursor, err = q.Cursor(json.RawMessage(`{"id":"5"}`)); err != nil {
		t.Fatal(err)
	}
	f.Rows = 7
	if err := f.end(failed); !errors.Is(err, failed) || !strings.Contains(err.Error(), "7 rows were written") {
		t.Errorf("%v, want the failure and the number of rows written", err)
	}
	again, err := openPlace(path, q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.savedPlace, again.savedPlace); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	sql, args, err := again.rest(&selection{limit: 10}, q).Build()
	if err != nil || !strings.Contains(sql, "> $1") {
		t.Errorf("%s, %v", sql, err)
	}
	if diff := cmp.Diff([]any{"5", int64(3)}, args); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var wrong usageError
	if _, err := openPlace(path, q.Limit(3)); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "another export") {
		t.Errorf("%v, want a wrong command line", err)
	}
	if err := again.end(nil); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v: left by a complete export", left, err)
	}
	for _, text := range []string{"", "{}", `{"statement":"x"`, `{"statement":"x","cursor":"y"}`, `{"statement":"x","rows":3}`, `{"statement":"x","cursor":"y","rows":-1}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openPlace(path, q); !errors.As(err, &wrong) {
			t.Errorf("%q: %v, want a wrong command line", text, err)
		}
	}
}

// The file of an export that was killed before it wrote anything does not stop other statements.
func TestPlaceBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "place")
	q := query.From("v").OrderBy(query.Field("id").Asc())
	f, err := openPlace(path, q)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.save(); err != nil {
		t.Fatal(err)
	}
	for _, next := range []query.Select{q, q.Limit(3)} {
		if again, err := openPlace(path, next); err != nil || again.Rows != 0 {
			t.Errorf("%+v, %v; want the beginning", again, err)
		}
	}
}

// cutWriter accepts a limited number of bytes.
type cutWriter struct {
	bytes.Buffer
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	w.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errors.New("the disk is full")
	}
	return n, nil
}

// The place covers the rows that were written whole, even if a write failed in the middle of one.
func TestPlaceCoversWhatWasWritten(t *testing.T) {
	t.Parallel()
	q := query.From("v").OrderBy(query.Field("id").Asc())
	for left, want := range []string{"", "", "", "", "", "", "", "", "", "", "", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "b"} {
		w := &cutWriter{left: left}
		e := export{q: q, place: &placeFile{}, out: newOutput(t.Context(), w, limit{})}
		for _, row := range []string{`{"id":"a"}`, "{\"id\":\n\"b\"}"} {
			e.batch.WriteString(strings.ReplaceAll(row, "\n", "") + "\n")
		}
		if err := e.flush(); (err == nil) != (left == 22) {
			t.Errorf("%d bytes: %v", left, err)
		}
		e.out.close()
		cursor := ""
		if want != "" {
			c, err := q.Cursor(json.RawMessage(`{"id":"` + want + `"}`))
			if err != nil {
				t.Fatal(err)
			}
			cursor = c
		}
		if e.place.Cursor != cursor || e.place.Rows != int64(map[string]int{"": 0, "a": 1, "b": 2}[want]) {
			t.Errorf("%d bytes: %+v, want the place of %q", left, e.place, want)
		}
	}
}
