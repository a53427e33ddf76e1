package conn

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"

	"github.com/jackc/pgpassfile"
)

// passwordFor is the password for a host: what Password or PasswordFunc say, else what the password file says. Empty:
// there is none. The error is PasswordFunc's.
func (c *Config) passwordFor(ctx context.Context, h Host) (string, error) {
	switch {
	case c.PasswordFunc != nil:
		return c.PasswordFunc(ctx)
	case c.Password != "":
		return c.Password, nil
	}
	return c.passwordFromFile(h, systemHome()), nil
}

// passwordFromFile is the password of the first line that fits; empty if there is none. A file that cannot be used is
// passed over with a warning, and one that is not there silently, as in libpq. Manual: "The Password File".
func (c *Config) passwordFromFile(h Host, home string) string {
	path := c.PassFile
	if path == "" {
		path = homeFile(home, passFileName())
	}
	text, problem := readPassFile(path)
	if problem != "" && c.Logger != nil {
		c.Logger.Warn("password file ignored: "+problem, "passfile", path)
	}
	entries, err := pgpassfile.ParsePassfile(bytes.NewReader(text))
	if err != nil && c.Logger != nil {
		c.Logger.Warn("password file read in part: a line is too long", "passfile", path)
	}
	names, port := h.passFileNames(), strconv.Itoa(int(h.Port))
	for _, e := range entries.Entries {
		if (e.Hostname == "*" || slices.Contains(names, e.Hostname)) && matches(e.Port, port) &&
			matches(e.Database, c.Database) && matches(e.Username, c.User) {
			return e.Password
		}
	}
	return ""
}

func passFileName() string {
	if runtime.GOOS == "windows" {
		return "pgpass.conf"
	}
	return ".pgpass"
}

func matches(pattern, value string) bool { return pattern == "*" || pattern == value }

// passFileNames are the names that a host has in a password file. The default socket directory is localhost there.
func (h Host) passFileNames() []string {
	switch {
	case h.Name == "":
		return []string{h.Addr}
	case h.isSocket() && (h.Name == DefaultSocketDirectory || h.Name == FallbackSocketDirectory):
		return []string{h.Name, "localhost"}
	}
	return []string{h.Name}
}

// readPassFile reads a file that nobody but its owner can. os.DevNull means no file.
func readPassFile(path string) (text []byte, problem string) {
	if path == "" || path == os.DevNull {
		return nil, ""
	}
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, ""
	}
	if err != nil {
		return nil, fileReason(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fileReason(err)
	case !info.Mode().IsRegular():
		return nil, "it is not a plain file"
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Sprintf("its mode %04o gives access to others; chmod 0600", info.Mode().Perm())
	}
	if text, err = io.ReadAll(f); err != nil {
		return nil, fileReason(err)
	}
	return text, ""
}
