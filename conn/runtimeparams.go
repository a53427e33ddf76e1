package conn

import (
	"maps"
	"slices"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// runtimeParamSetting returns the setting of a keyword for the run-time parameter of the same name.
func runtimeParamSetting(name string) setting {
	return setting{
		keyword: name,
		set: func(c *Config, value string) string {
			setRuntimeParam(c, name, value)
			return ""
		},
		get: func(c *Config) string { return c.RuntimeParams[name] },
	}
}

// setRuntimeParam sets a run-time parameter. An empty value leaves it unset, as in libpq.
func setRuntimeParam(c *Config, name, value string) {
	if value == "" {
		return
	}
	if c.RuntimeParams == nil {
		c.RuntimeParams = map[string]string{}
	}
	c.RuntimeParams[name] = value
}

func setFallbackApplicationName(c *Config, value string) string {
	if c.RuntimeParams["application_name"] == "" {
		setRuntimeParam(c, "application_name", value)
	}
	return ""
}

func setClientEncoding(c *Config, value string) string {
	if value == "" {
		return ""
	}
	if value != "auto" && !isUTF8(value) {
		return onlyUTF8
	}
	setRuntimeParam(c, "client_encoding", "UTF8")
	return ""
}

const onlyUTF8 = "JSON is UTF-8; want UTF8, or leave it out"

// isUTF8 reports whether PostgreSQL accepts the name as UTF8: it compares only letters and digits, ignores case, and
// has the alias UNICODE. Manual: "Character Set Support".
func isUTF8(encoding string) bool {
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, encoding)
	return name == "utf8" || name == "unicode"
}

// optionsText returns options, with the run-time parameters that have no keyword added. In options, a backslash
// escapes the next byte.
func optionsText(c *Config) string {
	options := c.RuntimeParams["options"]
	escape := strings.NewReplacer(
		`\`, `\\`, " ", `\ `, "\t", "\\\t", "\n", "\\\n", "\v", "\\\v", "\f", "\\\f", "\r", "\\\r")
	for _, name := range slices.Sorted(maps.Keys(c.RuntimeParams)) {
		switch name {
		case "application_name", "client_encoding", "options":
		default:
			options = strings.TrimPrefix(options+" -c "+escape.Replace(name+"="+c.RuntimeParams[name]), " ")
		}
	}
	return options
}

// validateRuntimeParams refuses parameters for which there is a field, or which have another meaning in a
// StartupMessage. Manual: "Message Formats", StartupMessage.
func (c *Config) validateRuntimeParams() error {
	for name, value := range c.RuntimeParams {
		problem := ""
		switch lower := strings.ToLower(name); {
		case name == "":
			problem = "a run-time parameter has no name"
		case strings.IndexByte(name+value, 0) >= 0:
			name, problem = "", "a run-time parameter holds a NUL byte"
		case lower == "user", lower == "database":
			problem = "not a run-time parameter; set the field of that name"
		case lower == "replication":
			problem = "replication connections are not supported; leave it out"
		case strings.HasPrefix(lower, "_pq_."):
			problem = "protocol extensions are not supported; leave it out"
		case lower == "client_encoding" && !isUTF8(value):
			problem = onlyUTF8
		default:
			continue
		}
		return &werr.ConfigError{Key: name, Detail: problem}
	}
	return nil
}
