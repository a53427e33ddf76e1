package dsn

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
)

// Environment is what a connection string is completed from. Tests make their own.
type Environment struct {
	Variable func(name string) string // empty: it is not set
	User     func() string            // the operating system's name of the user; empty: it is not known
	Home     func() string            // the home directory; empty: there is none
	Exists   func(path string) bool   // reports whether there is such a file or directory
	ReadFile func(path string) (text []byte, err error)
}

// System is the environment of the program.
func System() Environment {
	return Environment{Variable: os.Getenv, User: systemUser, Home: Home, Exists: fileExists, ReadFile: os.ReadFile}
}

// sessionVariables are environment variables for run-time parameters that have no keyword.
var sessionVariables = []struct{ variable, parameter string }{
	{"PGTZ", "TimeZone"},
	{"PGDATESTYLE", "DateStyle"},
	{"PGGEQO", "geqo"},
}

// RuntimeParams are the run-time parameters that the environment sets and that have no keyword. As in libpq, the value
// "default" leaves the server's.
func (e Environment) RuntimeParams() map[string]string {
	params := map[string]string{}
	for _, v := range sessionVariables {
		if value := e.Variable(v.variable); value != "" && !strings.EqualFold(value, "default") {
			params[v.parameter] = value
		}
	}
	return params
}

func systemUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username[strings.LastIndexByte(u.Username, '\\')+1:] // Windows puts the domain in front
}

// Home is the home directory; empty if there is none.
func Home() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// HomeFile is the default place of a file under the home directory. On Windows, libpq's files lie in another directory
// and have no leading dot.
func HomeFile(home string, name ...string) string {
	if home == "" {
		return ""
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(home, "AppData", "Roaming", "postgresql", strings.TrimPrefix(name[len(name)-1], "."))
	}
	return filepath.Join(append([]string{home}, name...)...)
}
