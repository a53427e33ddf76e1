package dsn

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// defaultServiceDirectory holds the system-wide service file unless PGSYSCONFDIR is set. It is the directory of
// Debian's libpq.
const defaultServiceDirectory = "/etc/postgresql-common"

// serviceFile is a place to look for a service.
type serviceFile struct {
	path     string
	name     string // its name in error texts
	required bool   // it was asked for, so it is an error if it does not exist
}

// serviceFiles returns the files that may define a service: the user's, then the system-wide one.
func (s Settings) serviceFiles(e Environment) []serviceFile {
	var files []serviceFile
	if given := s["servicefile"].Text; given != "" {
		files = append(files, serviceFile{given, "the file that servicefile names", true})
	} else if named := e.Variable("PGSERVICEFILE"); named != "" {
		files = append(files, serviceFile{named, named, true})
	} else if own := HomeFile(e.Home(), ".pg_service.conf"); own != "" {
		files = append(files, serviceFile{own, own, false})
	}
	directory := e.Variable("PGSYSCONFDIR")
	if directory == "" {
		directory = defaultServiceDirectory
	}
	path := directory + "/pg_service.conf"
	return append(files, serviceFile{path, path, false})
}

// addService adds the settings of the service that the connection string does not have. Manual: "The Connection Service
// File".
func (s Settings) addService(e Environment) error {
	service := s["service"].Text
	if service == "" {
		service = e.Variable("PGSERVICE")
	}
	if service == "" {
		return nil
	}
	looked := ""
	for _, file := range s.serviceFiles(e) {
		text, err := e.ReadFile(file.path)
		if errors.Is(err, fs.ErrNotExist) && !file.required {
			continue
		}
		if err != nil {
			return &werr.ConfigError{Key: "servicefile", Detail: "cannot read " + file.name + ": " + fileReason(err)}
		}
		found, err := s.addSection(file, string(text), service)
		if found || err != nil {
			return err
		}
		looked += " " + file.name
	}
	if looked == "" {
		return &werr.ConfigError{Key: "service",
			Detail: "there is no service file; name one with servicefile or PGSERVICEFILE"}
	}
	return &werr.ConfigError{Key: "service", Detail: "no section of that name in" + looked}
}

// addSection adds the settings of a service from the first section of its name. As in libpq, only that section is read,
// blanks around a line are removed, text after the "]" of a header is ignored, a value is everything after the "=", and
// if a keyword occurs twice the first value counts.
func (s Settings) addSection(file serviceFile, text, service string) (found bool, err error) {
	for number, line := range strings.Split(text, "\n") {
		line = TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && found:
			return true, nil
		case line[0] == '[':
			found = strings.HasPrefix(line[1:], service+"]")
		case found:
			name, value, pair := strings.Cut(line, "=")
			if !pair {
				return true, &werr.ConfigError{Key: "servicefile",
					Detail: fmt.Sprintf("line %d of %s has no =; write keyword=value", number+1, file.name)}
			}
			if err := s.addFromService(file, name, value); err != nil {
				return true, err
			}
		}
	}
	return found, nil
}

// addFromService adds one setting of a section, unless the connection string or an earlier line has set it.
func (s Settings) addFromService(file serviceFile, name, value string) error {
	if name == "service" || name == "servicefile" {
		return &werr.ConfigError{Key: name, Detail: "a service cannot name another one; see " + file.name}
	}
	if trimmed := TrimSpace(name); trimmed != name {
		return &werr.ConfigError{Key: shownKeyword(trimmed, looksLikeKeyword(trimmed)),
			Detail: "a keyword has a blank before its =, which libpq refuses too; see " + file.name}
	}
	if _, given := s[name]; given {
		return nil
	}
	return s.put(name, Value{value, file.name})
}

// fileReason returns the text of a file error without the path, which the caller may add.
func fileReason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}
