package conn

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/jackc/pgservicefile"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// defaultServiceDirectory holds the machine's service file if PGSYSCONFDIR does not say otherwise: as in Debian's
// libpq.
const defaultServiceDirectory = "/etc/postgresql-common"

// serviceFile is a place to look for a service.
type serviceFile struct {
	path string
	name string // as error texts call it
	must bool   // it was asked for: it is an error if it does not exist
}

// serviceFiles are where a service may be defined: the user's file, then the machine's.
func (s settings) serviceFiles(e environment) []serviceFile {
	var files []serviceFile
	if given := s["servicefile"].value; given != "" {
		files = append(files, serviceFile{given, "the file that servicefile names", true})
	} else if named := e.variable("PGSERVICEFILE"); named != "" {
		files = append(files, serviceFile{named, named, true})
	} else if own := homeFile(e.home(), ".pg_service.conf"); own != "" {
		files = append(files, serviceFile{own, own, false})
	}
	directory := e.variable("PGSYSCONFDIR")
	if directory == "" {
		directory = defaultServiceDirectory
	}
	path := directory + "/pg_service.conf"
	return append(files, serviceFile{path, path, false})
}

// addService adds what the service says and the connection string does not. Manual: "The Connection Service File".
func (s settings) addService(e environment) error {
	service := s["service"].value
	if service == "" {
		service = e.variable("PGSERVICE")
	}
	if service == "" {
		return nil
	}
	looked := ""
	for _, file := range s.serviceFiles(e) {
		text, err := e.readFile(file.path)
		if errors.Is(err, fs.ErrNotExist) && !file.must {
			continue
		}
		if err != nil {
			return &werr.ConfigError{Key: "servicefile", Detail: "cannot read " + file.name + ": " + fileReason(err)}
		}
		found, err := s.addFrom(file, text, service)
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

// addFrom adds a service's settings from the first section of its name.
func (s settings) addFrom(file serviceFile, text []byte, service string) (found bool, err error) {
	parsed, err := pgservicefile.ParseServicefile(bytes.NewReader(text))
	if err != nil {
		return false, &werr.ConfigError{Key: "servicefile", Detail: "syntax error in " + file.name + ": " + err.Error()}
	}
	for _, section := range parsed.Services {
		if section.Name != service {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(section.Settings)) {
			if err := s.addFromService(file, name, section.Settings[name]); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	return false, nil
}

func (s settings) addFromService(file serviceFile, name, value string) error {
	if name == "service" || name == "servicefile" {
		return &werr.ConfigError{Key: name, Detail: "a service cannot name another one; see " + file.name}
	}
	if _, given := s[name]; given {
		return nil
	}
	return s.put(name, setting{value, file.name})
}

// fileReason is a file error without the path, which the caller shows or hides.
func fileReason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}
