package query

// spread is the operand of a method that takes a list: the arguments, or the one argument that is a list itself.
func spread(values []any) any {
	if len(values) == 1 {
		if s, _, _ := classify(values[0]); s == shapeList {
			return values[0]
		}
	}
	return values
}

// allTrue is the operand of a method that is true without an argument.
func allTrue(values []bool) bool {
	for _, v := range values {
		if !v {
			return false
		}
	}
	return true
}
