package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// fullDisk is a file with room for a limited number of bytes.
type fullDisk struct {
	*os.File
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n, err := d.File.Write(p[:min(len(p), d.room)])
	if d.room -= n; err == nil && n < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}

// On a full disk the incomplete row is removed, wherever it was cut off, and the previous content of the file is kept.
func TestRowsAreWholeOnAFullDisk(t *testing.T) {
	t.Parallel()
	const before, rows = "before\n", "aa\nbbbb\nc\n"
	for room := range len(rows) + 1 {
		path := filepath.Join(t.TempDir(), "rows")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			_, err = f.Seek(0, io.SeekEnd)
		}
		if err != nil {
			t.Fatal(err)
		}
		o := newOutput(t.Context(), &fullDisk{f, room}, limit{})
		_, failed := o.Write([]byte(rows[:2])) // a large row takes several writes
		if failed == nil {
			_, failed = o.Write([]byte(rows[2:]))
		}
		if (failed == nil) != (room == len(rows)) {
			t.Errorf("room for %d bytes: %v", room, failed)
		}
		o.close()
		f.Close() // the content is checked below
		want := before
		for _, row := range []string{"aa\n", "bbbb\n", "c\n"} {
			if len(want)-len(before)+len(row) <= room {
				want += row
			} else {
				break
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("room for %d bytes: the file holds %q, %v; want %q", room, got, err, want)
		}
	}
}

// A file to which another process has written meanwhile is left unchanged.
func TestOthersRowsAreNotTakenBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rows")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // only its content is checked
	if _, err := f.WriteString("half"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("half and theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := takeBack(f, 4); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "half and theirs" {
		t.Errorf("%q, %v", got, err)
	}
}

// If there is no room for a second file, the place overwrites the old one, even if it is shorter.
func TestPlaceIsOverwritten(t *testing.T) {
	t.Parallel()
	f := &placeFile{path: filepath.Join(t.TempDir(), "place"), savedPlace: savedPlace{Statement: "x"}}
	if err := os.WriteFile(f.path, []byte("an old place that is longer\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.overwrite([]byte("short\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.path); err != nil || string(got) != "short\n" {
		t.Errorf("%q, %v", got, err)
	}
	f.path = filepath.Join(t.TempDir(), "no such folder", "place")
	if err := f.save(); err == nil {
		t.Error("a place was kept in a folder that does not exist")
	}
}
