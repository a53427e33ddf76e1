package query

// badRegex says why a regular expression from outside is refused, or "". Most patterns cost the server little, because
// it runs them as an automaton. Back references do not let it, and can take for ever; counts inside of counts multiply
// when the automaton is made: (x{1,200}){1,200} takes 40 MB. Whether the rest is right, the server says.
func badRegex(pattern string) string {
	var counted []bool // for each open parenthesis: a count stands inside
	inside := false    // of the parenthesis that was closed last, or of the atom
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
				return "a count inside of a count is not allowed here"
			}
			mark(counted, true)
			inside = true
		case '*', '+', '?', '}', ',', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			// They may stand between an atom and its count.
		default:
			inside = false
		}
	}
	return ""
}

// mark notes a count in the innermost open parenthesis.
func mark(counted []bool, is bool) {
	if n := len(counted); n > 0 && is {
		counted[n-1] = true
	}
}

// classEnd is where the bracket expression that begins at i ends.
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
