package dsn

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
)

// Environment supplies what a connection string leaves out. Tests replace it.
type Environment struct {
	Variable func(name string) string // empty if it is not set
	User     func() string            // the operating system's name of the user; empty if unknown
	Home     func() string            // the home directory; empty if there is none
	Exists   func(path string) bool   // reports whether there is such a file or directory
	ReadFile func(path string) (text []byte, err error)
}

// System returns the environment of the program.
func System() Environment {
	return Environment{Variable: os.Getenv, User: systemUser, Home: Home, Exists: fileExists, ReadFile: os.ReadFile}
}

// sessionVariables are environment variables for run-time parameters that have no keyword.
var sessionVariables = []struct{ variable, parameter string }{
	{"PGTZ", "TimeZone"},
	{"PGDATESTYLE", "DateStyle"},
	{"PGGEQO", "geqo"},
}

// RuntimeParams returns the run-time parameters that the environment sets and that have no keyword. As in libpq, the
// value "default" keeps the server's value.
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

// Home returns the home directory, or an empty string if there is none.
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

// HomeFile returns the default path of a file below the home directory. On Windows, libpq's files are in another
// directory and their names have no leading dot.
func HomeFile(home string, name ...string) string {
	if home == "" {
		return ""
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(home, "AppData", "Roaming", "postgresql", strings.TrimPrefix(name[len(name)-1], "."))
	}
	return filepath.Join(append([]string{home}, name...)...)
}
