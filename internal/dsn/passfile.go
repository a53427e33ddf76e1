package dsn

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Login is the login that a line of a password file must match.
type Login struct {
	Hosts                []string // the names of the host, any of which may match
	Port, Database, User string
}

// Password looks up a password in a password file. It returns that of the first matching line, or an empty string if
// there is none. The warning says why a file that exists was ignored. A file that does not exist, and os.DevNull, are
// skipped without a warning.
//
// The file is read as libpq reads it, which is more lenient than the manual ("The Password File"): before the password,
// a backslash makes any next byte literal; the password ends at the next colon or else at the end of the line, and
// includes blanks.
func Password(path string, l Login) (password, warning string) {
	text, warning := readPassFile(path)
	for _, line := range strings.Split(text, "\n") {
		if password, ok := l.match(strings.TrimRight(line, "\r")); ok {
			return password, warning
		}
	}
	return "", warning
}

// match returns the password of a line that matches.
func (l Login) match(line string) (password string, ok bool) {
	if strings.HasPrefix(line, "#") {
		return "", false
	}
	for _, host := range l.Hosts {
		rest, ok := line, true
		for _, value := range []string{host, l.Port, l.Database, l.User} {
			if rest, ok = cutField(rest, value); !ok {
				break
			}
		}
		if ok {
			return unescapePassword(rest), true
		}
	}
	return "", false
}

// cutField cuts off the first field of a line if it is "*" or the value.
func cutField(line, value string) (rest string, ok bool) {
	if rest, ok := strings.CutPrefix(line, "*:"); ok {
		return rest, true
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == ':' && value == "" {
			return line[i+1:], true
		}
		if c == '\\' {
			if i++; i == len(line) {
				return "", false
			}
			c = line[i]
		}
		if value == "" || c != value[0] {
			return "", false
		}
		value = value[1:]
	}
	return "", false
}

// unescapePassword reads the last field. A backslash at the very end is literal.
func unescapePassword(field string) string {
	var b strings.Builder
	for i := 0; i < len(field) && field[i] != ':'; i++ {
		if field[i] == '\\' && i+1 < len(field) {
			i++
		}
		b.WriteByte(field[i])
	}
	return b.String()
}

// PassFile returns the default path of the password file.
func PassFile(home string) string {
	if runtime.GOOS == "windows" {
		return HomeFile(home, "pgpass.conf")
	}
	return HomeFile(home, ".pgpass")
}

// readPassFile reads a file if only its owner has access to it.
func readPassFile(path string) (text, warning string) {
	if path == "" || path == os.DevNull {
		return "", ""
	}
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return "", ""
	case err != nil:
		return "", fileReason(err)
	case !info.Mode().IsRegular():
		return "", "it is not a plain file"
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return "", fmt.Sprintf("its mode %04o gives access to others; chmod 0600", info.Mode().Perm())
	}
	read, err := os.ReadFile(path)
	if err != nil {
		return "", fileReason(err)
	}
	return string(read), ""
}
