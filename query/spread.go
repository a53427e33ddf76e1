package query

// spread returns the operand of a method that takes a list: the arguments, or the only argument if it is itself a list.
func spread(values []any) any {
	if len(values) == 1 {
		if s, _, _ := classify(values[0]); s == shapeList {
			return values[0]
		}
	}
	return values
}

// allTrue returns the operand of a method whose operand is true by default.
func allTrue(values []bool) bool {
	for _, v := range values {
		if !v {
			return false
		}
	}
	return true
}
