package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fraiseql/fraiseql-wire-go/query"
)

// savedPlace is the content of the file of --resume: how far an export has got. Before its first row there is no
// cursor.
type savedPlace struct {
	Statement string `json:"statement"` // a hash: the place is useless for another statement
	Cursor    string `json:"cursor"`    // of the last row that was written
	Rows      int64  `json:"rows"`      // written so far
}

// placeFile keeps the place of one export.
type placeFile struct {
	path string
	savedPlace
}

// openPlace reads the place that an earlier run has left in a file. If there is none, the place is before the first
// row.
func openPlace(path string, q query.Select) (*placeFile, error) {
	sql, args, err := q.Build()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", sql, args))
	f := &placeFile{path: path, savedPlace: savedPlace{Statement: hex.EncodeToString(sum[:])}}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, err
	}
	var found savedPlace
	if err := json.Unmarshal(text, &found); err != nil || found.Statement == "" || found.Rows < 0 || (found.Cursor == "") != (found.Rows == 0) {
		return nil, usageError{fmt.Errorf("--resume: %s does not contain the place of an export", path)}
	}
	if found.Rows == 0 {
		return f, nil // nothing was written, so the statement does not matter
	}
	if found.Statement != f.Statement {
		return nil, usageError{fmt.Errorf("--resume: %s belongs to another export; remove it to start from the beginning", path)}
	}
	f.savedPlace = found
	return f, nil
}

// rest returns the statement for the rows after the place.
func (f *placeFile) rest(s *selection, q query.Select) query.Select {
	if f.Rows == 0 {
		return q
	}
	if s.limit > 0 {
		q = q.Limit(max(0, s.limit-f.Rows))
	}
	return q.After(f.Cursor)
}

// save writes the place. If the disk has no room for a second file it overwrites the old one.
func (f *placeFile) save() error {
	text, err := json.Marshal(f.savedPlace)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if err = f.replace(text); err != nil && f.overwrite(text) == nil {
		err = nil
	}
	return err
}

// overwrite writes the place into the old file, which needs no additional space. After a crash in the middle there is
// no place.
func (f *placeFile) overwrite(text []byte) error {
	old, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = old.WriteAt(text, 0)
	return errors.Join(err, old.Truncate(int64(len(text))), old.Sync(), old.Close())
}

// replace leaves either the old place or the new one, even after a crash: it writes a new file, which replaces the old
// one when it is on disk.
func (f *placeFile) replace(text []byte) error {
	beside, err := os.CreateTemp(filepath.Dir(f.path), filepath.Base(f.path)+".*")
	if err != nil {
		return err
	}
	_, err = beside.Write(text)
	err = errors.Join(err, beside.Sync(), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside.Name()))
	}
	return syncFolder(filepath.Dir(f.path))
}

// syncFolder makes a new name in a folder durable, on systems that support it.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = folder.Sync() // some file systems do not support it
	return folder.Close()
}

// done removes the file: the export is complete, and the same command starts from the beginning.
func (f *placeFile) done() error {
	if err := os.Remove(f.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// saveOnFailure saves the place of an export that has failed. The error that it returns says how to continue.
func (f *placeFile) saveOnFailure(failed error) error {
	if f.Rows == 0 {
		if err := f.done(); err != nil {
			return errors.Join(failed, err)
		}
		return failed
	}
	if err := f.save(); err != nil {
		return errors.Join(failed, fmt.Errorf("the place after %d rows could not be saved: %w", f.Rows, err))
	}
	return fmt.Errorf("%w; %d rows were written: run the same command again to continue", failed, f.Rows)
}

// end saves or removes the place at the end of an export that ended with err.
func (f *placeFile) end(err error) error {
	if err == nil {
		return f.done()
	}
	return f.saveOnFailure(err)
}
