package conn

import (
	"crypto/tls"
	"strconv"
	"strings"
	"time"
)

// setter puts a keyword's value into a Config, or says what is wrong with it.
type setter = func(c *Config, value string) (problem string)

// The functions below make setters for a field each.

func textField(field func(*Config) *string) setter {
	return func(c *Config, value string) string {
		*field(c) = value
		return ""
	}
}

func choiceField[T ~uint8](names []string, field func(*Config) *T) setter {
	return func(c *Config, value string) string {
		chosen, known := choose[T](names, value)
		if !known {
			return wanted(names)
		}
		*field(c) = chosen
		return ""
	}
}

func switchField(field func(*Config) *bool) setter {
	return func(c *Config, value string) string {
		n, problem := parseInteger(value)
		*field(c) = n == 0
		return problem
	}
}

// secondsField and millisecondsField: zero and less mean the system's default.
func secondsField(field func(*Config) *time.Duration) setter {
	return intervalField(time.Second, field)
}

func millisecondsField(field func(*Config) *time.Duration) setter {
	return intervalField(time.Millisecond, field)
}

func intervalField(unit time.Duration, field func(*Config) *time.Duration) setter {
	return func(c *Config, value string) string {
		n, problem := parseInteger(value)
		*field(c) = time.Duration(max(n, 0)) * unit
		return problem
	}
}

// countField: a negative number is refused by Validate.
func countField(field func(*Config) *int) setter {
	return func(c *Config, value string) string {
		n, problem := parseInteger(value)
		*field(c) = n
		return problem
	}
}

func tlsVersionField(field func(*Config) *uint16) setter {
	return func(c *Config, value string) string {
		if value == "" {
			return ""
		}
		for version, name := range tlsVersionNames {
			if strings.EqualFold(name, value) {
				*field(c) = version
				return ""
			}
		}
		return "want one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"
	}
}

var tlsVersionNames = map[uint16]string{
	tls.VersionTLS10: "TLSv1", tls.VersionTLS11: "TLSv1.1", tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3",
}

func protocolField(field func(*Config) *ProtocolVersion) setter {
	return func(c *Config, value string) string {
		v, known := protocolVersion(value)
		if !known {
			return "want 3.0, 3.2 or latest"
		}
		*field(c) = v
		return ""
	}
}

// runtimeParameter sets a run-time parameter. An empty value is not sent.
func runtimeParameter(name string) setter {
	return func(c *Config, value string) string {
		if value == "" {
			return ""
		}
		if c.RuntimeParams == nil {
			c.RuntimeParams = map[string]string{}
		}
		c.RuntimeParams[name] = value
		return ""
	}
}

// parseInteger reads a decimal number as libpq does: 32 bits, with white space around it.
func parseInteger(value string) (n int, problem string) {
	v, err := strconv.ParseInt(strings.Trim(value, space), 10, 32)
	if err != nil {
		return 0, "want an integer"
	}
	return int(v), ""
}

// And these are setters themselves.

func setConnectTimeout(c *Config, value string) string {
	n, problem := parseInteger(value)
	c.ConnectTimeout = time.Duration(n) * time.Second
	if n <= 0 {
		c.ConnectTimeout = -1
	}
	return problem
}

func setKeepalivesCount(c *Config, value string) string {
	n, problem := parseInteger(value)
	c.KeepalivesCount = max(n, 0)
	return problem
}

func setRequireAuth(c *Config, value string) string {
	c.RequireAuth = splitList(value)
	return ""
}

func setFallbackApplicationName(c *Config, value string) string {
	if c.RuntimeParams["application_name"] != "" {
		return ""
	}
	return runtimeParameter("application_name")(c, value)
}

func setGSSEncMode(_ *Config, value string) string {
	switch value {
	case "disable", "prefer":
		return ""
	case "require":
		return "GSSAPI encryption is not supported; use sslmode=require or stronger"
	}
	return "want disable or prefer"
}

func setClientEncoding(c *Config, value string) string {
	if value == "" {
		return ""
	}
	if value != "auto" && !isUTF8(value) {
		return onlyUTF8
	}
	return runtimeParameter("client_encoding")(c, "UTF8")
}

const onlyUTF8 = "JSON is UTF-8; want UTF8, or leave it out"

// isUTF8 says whether the server reads a name as UTF8: case, dashes and underscores do not matter to it.
func isUTF8(encoding string) bool {
	return strings.EqualFold(strings.NewReplacer("-", "", "_", "").Replace(encoding), "UTF8")
}
