package query

import (
	"strings"
	"time"
)

// operandKind is the kind of operand that an operator takes.
type operandKind uint8

const (
	takesValue operandKind = iota
	takesOrdered
	takesList
	takesFlag
	takesSubstring
	takesPrefix
	takesSuffix
	takesPattern
	takesRegex
	takesElements
	takesElementList
	takesAnyElement
	takesCount
	takesDocument
	takesVector
	takesBits
	takesSearch
	takesNetwork
	takesPath
	takesPaths
	takesTreeQuery
	takesTreeQueries
	takesID
)

// operands has, for each kind, a description and the function that reads it. The function stores in the leaf what is to
// be bound, and returns what is wrong with the value, or "".
var operands = [...]struct {
	words string
	read  func(l *leaf, value any) (detail string)
}{
	takesValue:       {"a value, or null", readValue},
	takesOrdered:     {"a string, a number, or a value of the type given to As", readOrdered},
	takesList:        {"a list of values", readList},
	takesFlag:        {"true or false", readFlag},
	takesSubstring:   {"a string", func(l *leaf, v any) string { return readLike(l, v, "%", "%") }},
	takesPrefix:      {"a string", func(l *leaf, v any) string { return readLike(l, v, "", "%") }},
	takesSuffix:      {"a string", func(l *leaf, v any) string { return readLike(l, v, "%", "") }},
	takesPattern:     {"a LIKE pattern", readPattern},
	takesRegex:       {"a POSIX regular expression", readText},
	takesElements:    {"an element, or a list of elements", readElements},
	takesElementList: {"a list of elements", readElementList},
	takesAnyElement:  {"a list of elements", readAnyElement},
	takesCount:       {"a whole number", readCount},
	takesDocument:    {"any JSON value", readDocument},
	takesVector:      {"`{\"vector\": [numbers], \"threshold\": number}`", readVector},
	takesBits:        {"`{\"vector\": \"bits\", \"threshold\": number}`", readBits},
	takesSearch:      {"`{\"query\": string, \"language\": string}`", readSearch},
	takesNetwork:     {"an IP address or network", readNetwork},
	takesPath:        {"a path", readPath},
	takesPaths:       {"a list of paths", func(l *leaf, v any) string { return readTexts(l, v, badPath) }},
	takesTreeQuery:   {"an lquery or ltxtquery", readText},
	takesTreeQueries: {"a list of lqueries", func(l *leaf, v any) string { return readTexts(l, v, badText) }},
	takesID:          {"the id of a row", readID},
}

func readValue(l *leaf, value any) string {
	s, v, detail := classify(value)
	if detail != "" {
		return detail
	}
	if s == shapeNull && !isJSON(l.ref) {
		l.null, l.none = true, true
		return ""
	}
	l.part, detail = compared(l.ref, s, v, value)
	return detail
}

func readOrdered(l *leaf, value any) string {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s == shapeNull:
		return "null has no order; use isnull"
	case s == shapeBool && !l.ref.native:
		return "true and false have no order"
	}
	l.part, detail = compared(l.ref, s, v, value)
	return detail
}

// isJSON reports whether operands of r are JSON documents, including null.
func isJSON(r Ref) bool { return r.typed && r.typ == JSON }

// compared makes an operand for a comparison from a value of shape s: value is the original, v the result of classify.
func compared(r Ref, s shape, v, value any) (p part, detail string) {
	switch {
	case r.typed:
		p.typ = r.typ
		p.arg, detail = readAs(r.typ, s, v, value)
	case r.native:
		p.native, p.arg = true, v
		switch s {
		case shapeNumber:
			p.arg, detail = number(v)
		case shapeList, shapeOther:
			detail = "want one value, got " + shapes[s]
		}
	case s == shapeText:
		p.typ, p.arg = Text, v
	case s == shapeNumber:
		p.typ = Numeric
		p.arg, detail = number(v)
	case s == shapeBool:
		p.typ, p.arg = Bool, v
	case s == shapeMoment:
		detail = "a time is compared with strings As(Timestamp), As(Date) or As(Time)"
	default:
		detail = "want one value, got " + shapes[s]
	}
	return p, detail
}

// readAs reads a value as type t. Strings are passed on unchanged, so that no digits are lost.
func readAs(t Type, s shape, v, value any) (arg any, detail string) {
	switch {
	case t == JSON:
		return orNothing(document(value))
	case t == Numeric && (s == shapeNumber || s == shapeText):
		return number(v)
	case t == Bool && s == shapeBool:
		return v, ""
	case s == shapeMoment && t == Timestamp:
		return v.(time.Time).Format(time.RFC3339Nano), ""
	case s == shapeMoment && t == Date:
		return v.(time.Time).Format(time.DateOnly), ""
	case s == shapeMoment && t == Time:
		return v.(time.Time).Format("15:04:05.999999999"), ""
	case t == Ltree && s == shapeText:
		return v, badPath(v.(string))
	case t != Numeric && t != Bool && s == shapeText && fits(t, v.(string)):
		return v, ""
	case s == shapeText:
		return nil, "want " + inWords(t) + ", got " + quoted(v.(string))
	}
	return nil, "want " + inWords(t) + ", got " + shapes[s]
}

func orNothing(text, detail string) (any, string) { return text, detail }

// inWords returns how error texts describe a value of type t.
func inWords(t Type) string {
	switch t {
	case Text:
		return "a string"
	case Numeric:
		return "a number"
	case Bool:
		return "true or false"
	case Timestamp:
		return "a timestamp such as 2024-01-02T03:04:05Z"
	case Date:
		return "a date such as 2024-01-02"
	case Time:
		return "a time such as 03:04:05"
	case UUID:
		return "a UUID"
	case Inet:
		return "an IP address or network"
	}
	return "a value of " + t.String()
}

// readList groups the values of a list by type: each type becomes one array.
func readList(l *leaf, value any) string {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s != shapeList:
		return "want a list, got " + shapes[s]
	}
	var lists [len(types)][]string
	all := list(v)
	for _, element := range all {
		s, v, detail := classify(element)
		if detail != "" {
			return detail
		}
		if s == shapeNull && !isJSON(l.ref) {
			l.null = true
			continue
		}
		p, detail := compared(l.ref, s, v, element)
		if detail != "" {
			return detail
		}
		if lists[p.typ] == nil {
			lists[p.typ] = make([]string, 0, len(all))
		}
		lists[p.typ] = append(lists[p.typ], textOf(p.arg))
	}
	native := l.ref.native && !l.ref.typed
	for t := range lists {
		if lists[t] != nil {
			l.add(part{typ: Type(t), list: true, native: native, arg: lists[t]})
		}
	}
	if l.arg == nil {
		l.part = part{typ: l.ref.typ, list: true, native: native, arg: []string{}}
	}
	return ""
}

func (l *leaf) add(p part) {
	if l.arg == nil {
		l.part = p
		return
	}
	l.more = append(l.more, p)
}

func readFlag(l *leaf, value any) string {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s == shapeNull && l.op.group == groupNull:
	case s != shapeBool:
		return "want true or false, got " + shapes[s]
	default:
		l.not = !v.(bool)
	}
	return ""
}

// text returns value as a string, or an error text.
func text(value any) (string, string) {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return "", detail
	case s != shapeText:
		return "", "want a string, got " + shapes[s]
	}
	return v.(string), ""
}

func readText(l *leaf, value any) (detail string) {
	l.arg, detail = orNothing(text(value))
	return detail
}

var wildcards = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// readLike reads a string to search for, and escapes the wildcards in it.
func readLike(l *leaf, value any, before, behind string) string {
	s, detail := text(value)
	l.arg = before + wildcards.Replace(s) + behind
	return detail
}

// readPattern rejects a pattern that the server would reject only when it reaches a row that matches up to its end.
func readPattern(l *leaf, value any) string {
	s, detail := text(value)
	if trailing := len(s) - len(strings.TrimRight(s, `\`)); trailing%2 != 0 {
		return "the pattern ends in a backslash that escapes nothing"
	}
	l.arg = s
	return detail
}
