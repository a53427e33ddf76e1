package query

// badRegex returns why an untrusted regular expression is rejected, or "". Most patterns cost the server little,
// because it runs them as an automaton. Back references prevent that, and can take exponential time; nested bounds
// multiply the size of the automaton: (x{1,200}){1,200} takes 40 MB. The server checks everything else.
func badRegex(pattern string) string {
	var counted []bool // for each open parenthesis: whether there is a bound inside
	inside := false    // whether there is a bound inside the last closed parenthesis, or on the last atom
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if i+1 < len(pattern) && '1' <= pattern[i+1] && pattern[i+1] <= '9' {
				return "back references are not allowed here"
			}
			i++
			inside = false
		case '[':
			i = classEnd(pattern, i)
			inside = false
		case '(':
			counted = append(counted, false)
			inside = false
		case ')':
			inside = false
			if n := len(counted); n > 0 {
				inside = counted[n-1]
				counted = counted[:n-1]
				mark(counted, inside)
			}
		case '{':
			if i+1 == len(pattern) || pattern[i+1] < '0' || pattern[i+1] > '9' {
				break
			}
			if inside {
				return "nested bounds, as in (a{2}){3}, are not allowed here"
			}
			mark(counted, true)
			inside = true
		case '*', '+', '?', '}', ',', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			// These may occur between an atom and its bound.
		default:
			inside = false
		}
	}
	return ""
}

// mark records a bound in the innermost open parenthesis.
func mark(counted []bool, is bool) {
	if n := len(counted); n > 0 && is {
		counted[n-1] = true
	}
}

// classEnd returns the index of the end of the bracket expression that begins at i.
func classEnd(pattern string, i int) int {
	i++
	if i < len(pattern) && pattern[i] == '^' {
		i++
	}
	if i < len(pattern) && pattern[i] == ']' {
		i++
	}
	for ; i < len(pattern) && pattern[i] != ']'; i++ {
		if pattern[i] == '\\' {
			i++
		}
	}
	return i
}
