package query

// This file has the SQL expressions for a Ref. A cast of an invalid value would abort the query at that row, and AND
// does not guarantee an order of evaluation; CASE does (manual, "Expression Evaluation Rules"), so each cast is in a
// CASE whose WHEN checks the value.

// chain writes the path to a value, such as data->'a'->'x', with the operator last before the last key.
func (b *builder) chain(r Ref, last string) {
	b.write(`data`)
	for i, key := range r.path {
		if i == len(r.path)-1 {
			b.write(last)
		} else {
			b.write(`->`)
		}
		b.sql = appendLiteral(b.sql, key)
	}
}

// value writes r as jsonb. On a jsonb column the cast has no effect and the parser removes it; on a json column it is
// needed.
func (b *builder) value(r Ref) {
	switch {
	case r.native:
		b.sql = appendIdentifier(b.sql, r.column)
	case len(r.path) == 0:
		b.write(`data`)
	default:
		b.write(`(`)
		b.chain(r, `->`)
		b.write(`)`)
	}
	b.write(`::jsonb`)
}

// text writes r as text: NULL if it is missing or null.
func (b *builder) text(r Ref) {
	switch {
	case r.native && r.document():
		b.write(`(`)
		b.sql = appendIdentifier(b.sql, r.column)
		b.write(` #>> '{}')`)
	case r.native:
		b.sql = appendIdentifier(b.sql, r.column)
		b.write(`::text`)
	case len(r.path) == 0:
		b.write(`(data #>> '{}')`)
	default:
		b.write(`(`)
		b.chain(r, `->>`)
		b.write(`)`)
	}
}

// present writes an expression that is NULL if and only if r is missing or null.
func (b *builder) present(r Ref) {
	if r.document() {
		b.text(r)
		return
	}
	b.sql = appendIdentifier(b.sql, r.column)
}

// length writes the number of elements of r, or NULL if it is not an array.
func (b *builder) length(r Ref) {
	if !r.document() {
		b.write(`cardinality(`)
		b.sql = appendIdentifier(b.sql, r.column)
		b.write(`)`)
		return
	}
	b.write(`CASE WHEN `)
	b.kind(r, `array`)
	b.write(` THEN jsonb_array_length(`)
	b.value(r)
	b.write(`) END`)
}

// kind writes the test that r is of a JSON type.
func (b *builder) kind(r Ref, name string) {
	b.write(`jsonb_typeof(`)
	b.value(r)
	b.write(`) = '`, name, `'`)
}

// typed writes r as a value of type t, or NULL if it is not one.
func (b *builder) typed(r Ref, t Type) {
	switch {
	case !r.document() && r.typed && t == Text:
		b.text(r)
		return
	case !r.document():
		b.sql = appendIdentifier(b.sql, r.column)
		return
	}
	switch t {
	case Text:
		b.text(r)
	case Date: // as text: comparisons give the same result as with a cast, which would make an index impossible
		b.text(r)
		b.write(` COLLATE "C"`)
	case JSON:
		b.value(r)
	default:
		b.write(`CASE WHEN `)
		b.cast(r, t)
		b.write(` END`)
	}
}

// cast writes, for the types that need a cast, the condition under which it is valid, followed by the cast.
func (b *builder) cast(r Ref, t Type) {
	switch t {
	case Numeric:
		b.kind(r, `number`)
	case Bool:
		b.kind(r, `boolean`)
	case Timestamp:
		b.matches(r, timestampPattern)
	case Time:
		b.matches(r, timePattern)
	case UUID:
		b.matches(r, uuidPattern)
	case Inet: // two WHEN clauses: the pattern for IPv6 is far more expensive than that for IPv4
		b.matches(r, ipv4Pattern)
		b.then(r, t)
		b.write(` WHEN `)
		b.matches(r, ipv6Pattern)
	case Ltree:
		b.kind(r, `string`)
		b.write(` AND length(`)
		b.text(r)
		b.write(`) <= 65535 AND `)
		b.matches(r, ltreePattern)
		b.write(` AND (length(`)
		b.text(r)
		b.write(`) < 256 OR `)
		b.matches(r, labelsPattern)
		b.write(`)`)
	}
	b.then(r, t)
}

func (b *builder) then(r Ref, t Type) {
	b.write(` THEN `)
	b.text(r)
	b.write(`::`, types[t].sql)
}

func (b *builder) matches(r Ref, pattern string) {
	b.text(r)
	b.write(` ~ '`, pattern, `'`)
}

// guard writes the condition that a comparison of text needs in addition, so that values of other types do not match.
func (b *builder) guard(r Ref, t Type) {
	switch {
	case !r.document():
	case t == Text:
		b.write(` AND `)
		b.kind(r, `string`)
	case t == Date:
		b.write(` AND `)
		b.matches(r, datePattern)
	}
}
