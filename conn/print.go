package conn

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// masked replaces a secret in texts.
const masked = "xxxxx"

// String returns the configuration as keyword=value pairs that ParseConfig can parse, with xxxxx in place of secrets.
// Defaults are omitted, except for the hosts, user, database and sslmode. Fields without a keyword, such as Dial and
// MaxRowSize, are not shown. Run-time parameters without a keyword are shown in options.
func (c Config) String() string {
	var pairs []string
	for _, s := range settings {
		if s.get == nil {
			continue
		}
		value := s.get(&c)
		if value == "" {
			continue
		}
		if k, _ := dsn.Lookup(s.keyword); k.Secret {
			value = masked
		}
		pairs = append(pairs, s.keyword+"="+dsn.Quote(value))
	}
	return strings.Join(pairs, " ")
}

// GoString returns the result of String as a composite literal.
func (c Config) GoString() string { return "conn.Config{" + strconv.Quote(c.String()) + "}" }

// Format prints the result of String, whatever the verb, so that no verb shows the secrets in the fields.
func (c Config) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'v' && f.Flag('#'):
		_, _ = io.WriteString(f, c.GoString())
	case verb == 'q', verb == 'x', verb == 'X':
		_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), c.String())
	default:
		_, _ = io.WriteString(f, c.String())
	}
}

// LogValue returns the result of String, for log/slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns the result of String as a JSON string.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// MarshalText returns the result of String, for encodings that use text.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
