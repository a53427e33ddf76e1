package main

import (
	"fmt"
	"io"
	"os"
)

// file has the methods of *os.File that takeBack needs.
type file interface {
	Stat() (os.FileInfo, error)
	Seek(offset int64, whence int) (int64, error)
	Truncate(size int64) error
}

// takeBack removes the last n bytes of a regular file: the beginning of a row that could not be completed on a full
// disk. The next row would otherwise be appended to it, and both would be lost. If the file extends beyond our position
// because another process writes to it, nothing is removed. Other kinds of output are left as they are.
func takeBack(w io.Writer, n int64) error {
	f, ok := w.(file)
	if !ok || n == 0 {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil // output that cannot be taken back
	}
	place, err := f.Seek(0, io.SeekCurrent)
	if err != nil || place != info.Size() || place < n {
		return nil // the end of the file is not what we have written
	}
	if err = f.Truncate(place - n); err == nil {
		_, err = f.Seek(place-n, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("the output ends with half a row: %w", err)
	}
	return nil
}
