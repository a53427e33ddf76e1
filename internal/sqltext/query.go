package sqltext

// IsQuery reports whether sql is a statement that runs inside one transaction from its first effect to its last, so
// that an error undoes all of it. It decides by the first word. A statement that it does not know may commit by
// itself, as CALL, DO, COMMIT and VACUUM do.
func IsQuery(sql string) bool {
	s := scanner{sql: sql}
	for s.next() {
		switch s.kind {
		case kindOpen: // (SELECT ...) UNION ...
		case kindWord:
			for _, word := range [...]string{
				"select", "with", "values", "table", "insert", "update", "delete", "merge", "explain",
			} {
				if equalFold(s.token, word) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}
