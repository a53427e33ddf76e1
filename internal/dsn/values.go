package dsn

import (
	"strconv"
	"strings"
)

// SplitList splits a comma-separated list. Empty text is an empty list.
func SplitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// ParsePorts reads a list of ports; an empty entry is 0, the default.
func ParsePorts(text string) (ports []uint16, problem string) {
	for _, entry := range SplitList(text) {
		var port uint64
		if entry = TrimSpace(entry); entry != "" {
			var err error
			if port, err = strconv.ParseUint(entry, 10, 16); err != nil || port == 0 {
				return nil, "a port is not a number from 1 to 65535"
			}
		}
		ports = append(ports, uint16(port))
	}
	return ports, ""
}

// ParseInteger reads a decimal number as libpq does: 32 bits, with white space around it.
func ParseInteger(text string) (n int, problem string) {
	v, err := strconv.ParseInt(TrimSpace(text), 10, 32)
	if err != nil {
		return 0, "want an integer"
	}
	return int(v), ""
}

// TrimSpace removes what C's isspace calls white space from both ends.
func TrimSpace(text string) string { return strings.Trim(text, space) }
