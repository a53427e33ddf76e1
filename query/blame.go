package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// refusals maps the errors with which the server rejects an operand that could not be checked before (manual,
// "PostgreSQL Error Codes") to the kinds of operands that can cause them. 42704 may also be about a collation.
var refusals = map[string][]operandKind{
	"2201B": {takesRegex},                                               // invalid_regular_expression
	"54000": {takesRegex, takesSearch},                                  // program_limit_exceeded
	"XX000": {takesRegex},                                               // internal_error: too large, in 17 and 18
	"42601": {takesSearch, takesPath, takesTreeQuery, takesTreeQueries}, // syntax_error
	"42602": {takesSearch, takesPath, takesTreeQuery, takesTreeQueries}, // invalid_name
	"42622": {takesPath, takesPaths},                                    // name_too_long
	"42704": {takesSearch},                                              // undefined_object: the text search configuration
	"21000": {takesID},                                                  // cardinality_violation: the id is not unique
	"22P02": {takesValue, takesOrdered, takesList, takesID},             // invalid_text_representation
	"22003": {takesValue, takesOrdered, takesList, takesID},             // numeric_value_out_of_range
	"22007": {takesValue, takesOrdered, takesList, takesID},             // invalid_datetime_format
	"22008": {takesValue, takesOrdered, takesList, takesID},             // datetime_field_overflow
	"22000": {takesVector},                                              // data_exception: a different dimension
}

// blame adds to err the fields whose operands the server may have rejected. Other errors are returned unchanged.
func (q Select) blame(err error) error {
	var refused *werr.ServerError
	if !errors.As(err, &refused) {
		return err
	}
	kinds, ok := refusals[refused.Code]
	if !ok {
		return err
	}
	var suspects []string
	for _, p := range q.where {
		suspects = accuse(suspects, p, kinds)
	}
	for _, o := range q.order {
		if refused.Code == "42704" && o.collation != "" {
			suspects = append(suspects, "order by "+o.ref.String())
		}
	}
	if len(suspects) == 0 {
		return err
	}
	return fmt.Errorf("%w: %w", usage(strings.Join(suspects, " or ")+": rejected by the server"), err)
}

// accuse appends the names of the leaves of p whose operand is of one of the kinds.
func accuse(suspects []string, p Predicate, kinds []operandKind) []string {
	switch n := p.node.(type) {
	case *leaf:
		name := n.ref.String() + "." + n.op.name
		if slices.Contains(kinds, n.op.takes) && !slices.Contains(suspects, name) {
			suspects = append(suspects, name)
		}
	case *complement:
		suspects = accuse(suspects, n.of, kinds)
	case *group:
		for _, part := range n.parts {
			suspects = accuse(suspects, part, kinds)
		}
	}
	return suspects
}
