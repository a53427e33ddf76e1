package query

import (
	"slices"
	"strings"
)

// Operator describes an operator, for layers that expose the operators, such as a GraphQL schema.
type Operator struct {
	Name    string
	Aliases []string // including camelCase forms
	Group   string
	Operand string // description of the operand
	Example string // an operand in JSON, as ParseFilter takes it
	Finds   string // description of the values that match
	Negated bool   // the exact complement of another operator: missing values, null and other types match
}

// Operators returns all operators, ordered by group.
func Operators() []Operator {
	all := make([]Operator, len(operators))
	for i := range operators {
		o := &operators[i]
		all[i] = Operator{Name: o.name, Aliases: o.alternatives(), Group: o.group, Operand: operands[o.takes].words,
			Example: o.example, Finds: o.finds, Negated: o.negated}
	}
	return all
}

// byName has all operators by each of their names.
var byName = func() map[string]*operator {
	names := map[string]*operator{}
	for i := range operators {
		o := &operators[i]
		names[o.name] = o
		for _, alias := range o.alternatives() {
			names[alias] = o
		}
	}
	return names
}()

// alternatives returns the other names of o: its aliases, and the camelCase form of each name.
func (o *operator) alternatives() []string {
	all := slices.Clone(o.aliases)
	for _, name := range append([]string{o.name}, o.aliases...) {
		if camel := camelCase(name); camel != name && !slices.Contains(all, camel) {
			all = append(all, camel)
		}
	}
	return all
}

// camelCase turns array_contains into arrayContains.
func camelCase(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// nearest returns the name that was most likely meant, or "".
func nearest(name string, names []string) string {
	best, least := "", 1+len(name)/3
	for _, candidate := range names {
		d := distance(strings.ToLower(name), strings.ToLower(candidate))
		if d < least || d == least && (best == "" || candidate < best) {
			best, least = candidate, d
		}
	}
	return best
}

// distance returns the Levenshtein distance between a and b.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b)) // no name is similar, and the computation would be long
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// meant returns what follows an unknown name in an error text: "; did you mean eq?", or "".
func meant(name string, names []string) string {
	if best := nearest(name, names); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}
