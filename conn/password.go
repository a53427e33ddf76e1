package conn

import (
	"context"
	"strconv"

	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// passwordFor returns the password for a host: from PasswordFunc or Password, else from the password file. If there
// is none, it is empty, and why is the reason if a password file was ignored. The error is that of PasswordFunc.
func (c *Config) passwordFor(ctx context.Context, h Host) (password, why string, err error) {
	switch {
	case c.PasswordFunc != nil:
		password, err = c.PasswordFunc(ctx)
		return password, "", err
	case c.Password != "":
		return c.Password, "", nil
	}
	password, why = c.passwordFromFile(h, dsn.Home())
	return password, why, nil
}

// passwordFromFile searches the password file. If the file was ignored, the reason is also logged, because a login
// that needs no password does not fail.
func (c *Config) passwordFromFile(h Host, home string) (password, why string) {
	path := c.PassFile
	setDefault(&path, dsn.PassFile(home))
	password, problem := dsn.Password(path, dsn.Login{
		Hosts: h.passFileNames(), Port: strconv.Itoa(int(h.Port)), Database: c.Database, User: c.User,
	})
	if problem == "" {
		return password, ""
	}
	if c.Logger != nil {
		c.Logger.Warn("password file ignored: "+problem, "passfile", path)
	}
	return password, "password file " + path + " was ignored: " + problem
}

// passFileNames returns the names of a host in a password file. A default socket directory is also called localhost
// there.
func (h Host) passFileNames() []string {
	switch {
	case h.Name == "":
		return []string{h.Addr}
	case h.isSocket() && (h.Name == DefaultSocketDirectory || h.Name == FallbackSocketDirectory):
		return []string{h.Name, "localhost"}
	}
	return []string{h.Name}
}
