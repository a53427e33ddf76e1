package conn

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
)

// environment is what a connection string is completed from. Tests make their own.
type environment struct {
	variable func(name string) string // empty: not set
	user     func() string            // the operating system's name; empty: not known
	home     func() string            // the home directory; empty: there is none
	exists   func(path string) bool   // a file or a directory
	readFile func(path string) (text []byte, err error)
}

// system is the environment of the program.
func system() environment {
	return environment{variable: os.Getenv, user: systemUser, home: systemHome, exists: fileExists, readFile: os.ReadFile}
}

func systemUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username[strings.LastIndexByte(u.Username, '\\')+1:] // Windows puts the domain in front
}

func systemHome() string {
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

// homeFile is a file's default place. On Windows, libpq's files lie in another directory and without the leading dot.
func homeFile(home string, name ...string) string {
	if home == "" {
		return ""
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(home, "AppData", "Roaming", "postgresql", strings.TrimPrefix(name[len(name)-1], "."))
	}
	return filepath.Join(append([]string{home}, name...)...)
}
