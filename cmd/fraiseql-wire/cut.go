package main

import (
	"fmt"
	"io"
	"os"
)

// file is what an *os.File has for a row to be taken back.
type file interface {
	Stat() (os.FileInfo, error)
	Seek(offset int64, whence int) (int64, error)
	Truncate(size int64) error
}

// takeBack removes the last n bytes of a regular file: the beginning of a row that a full disk has cut. Whoever appends
// to the file would write the next row behind it, and both would be lost. Where the file goes on behind our place,
// because somebody else writes to it, nothing is removed. Other outputs keep what they have.
func takeBack(w io.Writer, n int64) error {
	f, ok := w.(file)
	if !ok || n == 0 {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil // there is nothing to take back from
	}
	place, err := f.Seek(0, io.SeekCurrent)
	if err != nil || place != info.Size() || place < n {
		return nil // it is not the end that we have written
	}
	if err = f.Truncate(place - n); err == nil {
		_, err = f.Seek(place-n, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("the output ends with half a row: %w", err)
	}
	return nil
}
