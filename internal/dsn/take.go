package dsn

import "strings"

// Take removes the keywords of another layer, such as those of a pool, from a connection string: rest is the string
// without them. A string that cannot be parsed is left as it is, so that Read reports what is wrong with it. Errors are
// *errors.ConfigError.
func Take(text string, wanted func(name string) bool) (rest string, taken map[string]string, err error) {
	taken = make(map[string]string)
	if body, ok := uriBody(strings.TrimSpace(text)); ok {
		rest, err = takeFromURI(text, body, wanted, taken)
		return rest, taken, err
	}
	return takeFromPairs(text, wanted, taken), taken, nil
}

func takeFromURI(text, body string, wanted func(string) bool, taken map[string]string) (string, error) {
	if end := strings.IndexAny(body, "@/"); end >= 0 && body[end] == '@' {
		body = body[end+1:] // a user name or password may hold a question mark
	}
	_, query, found := strings.Cut(body, "?")
	if !found {
		return text, nil
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if !wanted(name) {
			kept = append(kept, part)
			continue
		}
		value, err := decodePercent(name, value)
		if err != nil {
			return "", err
		}
		taken[name] = value
	}
	head := strings.TrimSuffix(strings.TrimSpace(text), query)
	return head + strings.Join(kept, "&"), nil
}

func takeFromPairs(text string, wanted func(string) bool, taken map[string]string) string {
	var kept []string
	for rest := skipSpace(text); rest != ""; rest = skipSpace(rest) {
		name, value, next, _, problem := cutPair(rest)
		if problem != "" {
			return text
		}
		if wanted(name) {
			taken[name] = value
		} else {
			kept = append(kept, strings.TrimRight(rest[:len(rest)-len(next)], space))
		}
		rest = next
	}
	return strings.Join(kept, " ")
}
