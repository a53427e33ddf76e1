package conn

import (
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// The functions below return the setting of one field, by its kind.

func textSetting(keyword string, field func(*Config) *string) setting {
	return setting{
		keyword: keyword,
		set: func(c *Config, value string) string {
			*field(c) = value
			return ""
		},
		get: func(c *Config) string { return *field(c) },
		check: func(c *Config) string { // a NUL would end the text early, in the server or the operating system
			if strings.IndexByte(*field(c), 0) >= 0 {
				return "the value holds a NUL byte"
			}
			return ""
		},
	}
}

func choiceSetting[T ~uint8](keyword string, names []string, field func(*Config) *T) setting {
	return setting{
		keyword: keyword,
		set: func(c *Config, value string) string {
			chosen, known := choose[T](names, value)
			if !known {
				return wantOneOf(names)
			}
			*field(c) = chosen
			return ""
		},
		get: func(c *Config) string {
			if *field(c) == 0 {
				return ""
			}
			return nameOf(names, *field(c))
		},
		check: func(c *Config) string { // a conversion can produce a value without a constant
			if !isChoice(names, *field(c)) {
				return wantOneOf(names)
			}
			return ""
		},
	}
}

// switchSetting returns the setting of a keyword whose value 0 sets a field that disables something.
func switchSetting(keyword string, disabled func(*Config) *bool) setting {
	return setting{
		keyword: keyword,
		set: func(c *Config, value string) string {
			n, problem := dsn.ParseInteger(value)
			*disabled(c) = n == 0
			return problem
		},
		get: func(c *Config) string {
			if *disabled(c) {
				return "0"
			}
			return ""
		},
	}
}

// intervalSetting returns a setting that is a number of units. Zero and less mean the system's default.
func intervalSetting(keyword string, unit time.Duration, field func(*Config) *time.Duration) setting {
	return setting{
		keyword: keyword,
		set: func(c *Config, value string) string {
			n, problem := dsn.ParseInteger(value)
			*field(c) = time.Duration(max(n, 0)) * unit
			return problem
		},
		get:   func(c *Config) string { return unitsText(*field(c), unit) },
		check: func(c *Config) string { return negative(int64(*field(c))) },
	}
}

// countSetting returns a setting that is a number, which must not be negative. It is not shown if it is zero or the
// default.
func countSetting(keyword string, byDefault int, field func(*Config) *int) setting {
	return setting{
		keyword: keyword,
		set: func(c *Config, value string) (problem string) {
			*field(c), problem = dsn.ParseInteger(value)
			return problem
		},
		get: func(c *Config) string {
			if *field(c) == 0 || *field(c) == byDefault {
				return ""
			}
			return strconv.Itoa(*field(c))
		},
		check: func(c *Config) string { return negative(int64(*field(c))) },
	}
}

func tlsVersionSetting(keyword string, byDefault uint16, field func(*Config) *uint16) setting {
	return setting{
		keyword: keyword,
		set: func(c *Config, value string) string {
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
		},
		get: func(c *Config) string {
			if *field(c) == byDefault {
				return ""
			}
			return tlsVersionNames[*field(c)]
		},
		check: func(c *Config) string {
			if _, known := tlsVersionNames[*field(c)]; !known && *field(c) != 0 {
				return "want a version of crypto/tls, from tls.VersionTLS10 on"
			}
			return ""
		},
	}
}

var tlsVersionNames = map[uint16]string{
	tls.VersionTLS10: "TLSv1", tls.VersionTLS11: "TLSv1.1", tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3",
}

func protocolSetting(keyword string, field func(*Config) *ProtocolVersion) setting {
	const want = "want 3.0, 3.2 or latest"
	return setting{
		keyword: keyword,
		set: func(c *Config, value string) string {
			v, known := protocolVersion(value)
			if !known {
				return want
			}
			*field(c) = v
			return ""
		},
		get: func(c *Config) string {
			if *field(c) <= Protocol30 {
				return ""
			}
			return field(c).String()
		},
		check: func(c *Config) string {
			if v := *field(c); v != 0 && v != Protocol30 && v != Protocol32 {
				return want
			}
			return ""
		},
	}
}

// unitsText returns a duration as a number of units, rounded up; empty if it is not positive.
func unitsText(d, unit time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.FormatInt(int64((d+unit-1)/unit), 10)
}

// negative returns the problem if a number is below zero, else "".
func negative(n int64) (problem string) {
	if n < 0 {
		return fmt.Sprintf("%d is negative; 0 means the default", n)
	}
	return ""
}
