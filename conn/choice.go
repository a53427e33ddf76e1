package conn

import "strings"

// A setting with a fixed set of values is a small integer: the index of the value's name in a list.

// nameOf returns the name of a choice, or "" if it is not in the list.
func nameOf[T ~uint8](names []string, choice T) string {
	if int(choice) < len(names) {
		return names[choice]
	}
	return ""
}

// choose returns the choice with the given name. An empty name in the list is that of the default, and cannot be
// chosen.
func choose[T ~uint8](names []string, name string) (choice T, known bool) {
	for i := range names {
		if names[i] == name && name != "" {
			return T(i), true
		}
	}
	return 0, false
}

// isChoice reports whether a choice is in the list.
func isChoice[T ~uint8](names []string, choice T) bool { return int(choice) < len(names) }

// wantOneOf returns an error text that lists the names.
func wantOneOf(names []string) string {
	if names[0] == "" {
		names = names[1:]
	}
	return "want one of " + strings.Join(names, ", ")
}
