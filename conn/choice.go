package conn

import "strings"

// The settings with a fixed set of values are small integers: the index of the value's name in a list.

// nameOf is the name of a choice; empty for one that is not in the list.
func nameOf[T ~uint8](names []string, choice T) string {
	if int(choice) < len(names) {
		return names[choice]
	}
	return ""
}

// choose finds a name. The empty one, where the list has it, stands for the default and cannot be asked for.
func choose[T ~uint8](names []string, name string) (choice T, known bool) {
	for i := range names {
		if names[i] == name && name != "" {
			return T(i), true
		}
	}
	return 0, false
}

// isChoice says whether a choice is in the list.
func isChoice[T ~uint8](names []string, choice T) bool { return int(choice) < len(names) }

// wanted says which names there are, for an error text.
func wanted(names []string) string {
	if names[0] == "" {
		names = names[1:]
	}
	return "want one of " + strings.Join(names, ", ")
}
