package query

import (
	"regexp"
	"sync"
)

// Regular expressions that guard casts: the server's cast accepts whatever they match, in every supported version. They
// have the same meaning in PostgreSQL and in package regexp, which checks operands and the values of a cursor. They
// contain neither quotes nor backslashes, so that they can be written as literals without escapes.
const (
	year      = `(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])`
	days31    = `(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])`
	days30    = `(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)`
	february  = `02-(?:0[1-9]|1[0-9]|2[0-8])`
	leapDay   = `(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29`
	day       = `(?:` + year + `-(?:` + days31 + `|` + days30 + `|` + february + `)|` + leapDay + `)`
	timeOfDay = `(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?`
	offset    = `(?:[Zz]|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?`

	octet  = `(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])`
	ipv4   = `(?:` + octet + `[.]){3}` + octet
	hextet = `[0-9A-Fa-f]{1,4}`
	ipv6   = `(?:(?:` + hextet + `:){7}` + hextet +
		`|(?:` + hextet + `:){1,7}:` +
		`|(?:` + hextet + `:){1,6}:` + hextet +
		`|(?:` + hextet + `:){1,5}(?::` + hextet + `){1,2}` +
		`|(?:` + hextet + `:){1,4}(?::` + hextet + `){1,3}` +
		`|(?:` + hextet + `:){1,3}(?::` + hextet + `){1,4}` +
		`|(?:` + hextet + `:){1,2}(?::` + hextet + `){1,5}` +
		`|` + hextet + `:(?::` + hextet + `){1,6}` +
		`|:(?:(?::` + hextet + `){1,7}|:)` +
		`|::(?:[Ff]{4}:)?` + ipv4 + `)`

	datePattern      = `^` + day + `$`
	timePattern      = `^` + timeOfDay + `$`
	timestampPattern = `^` + day + `(?:[Tt ]` + timeOfDay + offset + `)?$`
	uuidPattern      = `^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`
	ipv4Pattern      = `^` + ipv4 + `(?:/(?:3[0-2]|[12]?[0-9]))?$`
	ipv6Pattern      = `^` + ipv6 + `(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?$`
	ltreePattern     = `^[A-Za-z0-9_]+(?:[.][A-Za-z0-9_]+)*$`
	labelsPattern    = `^[^.]{1,255}(?:[.][^.]{1,255})*$`
)

// maxLtree is the maximum length of a text that is read as a path, in bytes.
const maxLtree = 65535

// matcher compiles a pattern when it is first needed, so that a program that only compares text does not pay for it.
func matcher(pattern string) func(string) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return func(s string) bool { return compiled().MatchString(s) }
}

var (
	isDate      = matcher(datePattern)
	isTime      = matcher(timePattern)
	isTimestamp = matcher(timestampPattern)
	isUUID      = matcher(uuidPattern)
	isIPv4      = matcher(ipv4Pattern)
	isIPv6      = matcher(ipv6Pattern)
	isLtree     = matcher(ltreePattern)
	isLabels    = matcher(labelsPattern)
)

// fits reports whether a string is a value of t, by the rules of the typed expressions of a statement.
func fits(t Type, s string) bool {
	switch t {
	case Date:
		return isDate(s)
	case Time:
		return isTime(s)
	case Timestamp:
		return isTimestamp(s)
	case UUID:
		return isUUID(s)
	case Inet:
		return isIPv4(s) || isIPv6(s)
	case Ltree:
		return len(s) <= maxLtree && isLtree(s) && isLabels(s)
	}
	return true
}
