package query

import (
	"encoding/json"
	"slices"
	"strings"
)

// readElements always binds a list: an array contains a bare scalar, but a scalar contains it as well.
func readElements(l *leaf, value any) string {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s == shapeNull:
		return "want an element or a list, got null"
	case !l.ref.document():
		return readArray(l, s, v)
	}
	text, detail := document(value)
	if s != shapeList {
		text = "[" + text + "]"
	}
	l.arg = text
	return detail
}

func readElementList(l *leaf, value any) string {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s != shapeList:
		return "want a list, got " + shapes[s]
	case !l.ref.document():
		return readArray(l, s, v)
	}
	l.arg, detail = orNothing(document(value))
	return detail
}

// readAnyElement binds an array of lists of one element each.
func readAnyElement(l *leaf, value any) string {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s != shapeList:
		return "want a list, got " + shapes[s]
	case !l.ref.document():
		return readArray(l, s, v)
	}
	texts := []string{}
	for _, element := range list(v) {
		text, detail := document(element)
		if detail != "" {
			return detail
		}
		texts = append(texts, "["+text+"]")
	}
	l.arg = texts
	return ""
}

// readArray binds an array for a column of an array type; a single element becomes an array of one.
func readArray(l *leaf, s shape, v any) string {
	all := []any{v}
	if s == shapeList {
		all = list(v)
	}
	reduced := make([]any, len(all))
	for i, element := range all {
		s, v, detail := classify(element)
		switch {
		case detail != "":
			return detail
		case s == shapeList || s == shapeOther:
			return "want elements, got " + shapes[s]
		}
		reduced[i] = v
	}
	l.arg = reduced
	return ""
}

func readCount(l *leaf, value any) string {
	s, v, detail := classify(value)
	if detail != "" {
		return detail
	}
	n, ok := wholeNumber(v)
	if s != shapeNumber || !ok {
		return "want a whole number, got " + shapes[s]
	}
	l.arg = n
	return ""
}

func readDocument(l *leaf, value any) (detail string) {
	l.arg, detail = orNothing(document(value))
	return detail
}

// readObject reads a value as an object with exactly the given members.
func readObject(value any, names ...string) (map[string]string, string) {
	text, detail := document(value)
	if detail != "" {
		return nil, detail
	}
	raw := trim(text)
	if raw[0] != '{' {
		return nil, "want an object, got " + kindOf(raw)
	}
	found := map[string]string{}
	for _, m := range appendMembers(nil, raw) {
		if !slices.Contains(names, m.key) {
			return nil, quoted(m.key) + " is unknown here" + meant(m.key, names)
		}
		if _, twice := found[m.key]; twice {
			return nil, m.key + " is given twice"
		}
		found[m.key] = m.value
	}
	for _, name := range names {
		if _, ok := found[name]; !ok {
			return nil, name + " is missing"
		}
	}
	return found, ""
}

func readVector(l *leaf, value any) string {
	found, detail := readObject(value, "vector", "threshold")
	if detail != "" {
		return detail
	}
	var numbers []float32
	if err := json.Unmarshal([]byte(found["vector"]), &numbers); err != nil || len(numbers) == 0 {
		return "vector: want a list of numbers within the range of real"
	}
	for number := range elements(found["vector"]) {
		if number[0] == 'n' {
			return "vector: want numbers, got null"
		}
	}
	l.arg = found["vector"]
	return readThreshold(l, found["threshold"])
}

func readBits(l *leaf, value any) string {
	found, detail := readObject(value, "vector", "threshold")
	if detail != "" {
		return detail
	}
	bits, detail := text(jsonText(found["vector"]))
	if detail != "" {
		return "vector: " + detail
	}
	if bits == "" || strings.Trim(bits, "01") != "" {
		return "vector: want a string of 0 and 1"
	}
	l.arg = bits
	return readThreshold(l, found["threshold"])
}

func readThreshold(l *leaf, raw string) string {
	var threshold *float64
	if err := json.Unmarshal([]byte(raw), &threshold); err != nil || threshold == nil {
		return "threshold: want a number within the range of double precision"
	}
	l.second = *threshold
	return ""
}

// languages are the text search configurations that PostgreSQL comes with. A name from this list is written into the
// statement; any other is bound.
var languages = []string{
	"simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german",
	"greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese",
	"romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
}

func readSearch(l *leaf, value any) string {
	found, detail := readObject(value, "query", "language")
	if detail != "" {
		return detail
	}
	query, detail := text(jsonText(found["query"]))
	if detail != "" {
		return "query: " + detail
	}
	language, detail := text(jsonText(found["language"]))
	switch {
	case detail != "":
		return "language: " + detail
	case language == "":
		return "language: want the name of a text search configuration"
	}
	l.arg = query
	if i := slices.Index(languages, language); i >= 0 {
		l.language = languages[i]
	} else {
		l.second = language
	}
	return ""
}

func readNetwork(l *leaf, value any) string {
	s, detail := text(value)
	if detail == "" && !fits(Inet, s) {
		detail = "want an IP address or network, got " + quoted(s)
	}
	l.arg = s
	return detail
}

func readPath(l *leaf, value any) string {
	s, detail := text(value)
	if detail == "" {
		detail = badPath(s)
	}
	l.arg = s
	return detail
}

// isPath matches what at least one supported version accepts as ltree: version 16 and later allow hyphens.
var isPath = matcher(`^(?:[\pL\pN_-]+(?:[.][\pL\pN_-]+)*)?$`)

func badPath(s string) string {
	if len(s) > maxLtree || !isPath(s) {
		return "want a path of labels with dots between them, got " + quoted(s)
	}
	return ""
}

// readTexts reads a list of strings, and checks each with bad.
func readTexts(l *leaf, value any, bad func(string) string) string {
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s != shapeList:
		return "want a list, got " + shapes[s]
	}
	texts := []string{}
	for _, element := range list(v) {
		s, detail := text(element)
		if detail == "" {
			detail = bad(s)
		}
		if detail != "" {
			return detail
		}
		texts = append(texts, s)
	}
	l.arg = texts
	return ""
}

// readID reads the id of a row of the Ref's tree. The server infers its type from the column.
func readID(l *leaf, value any) string {
	t := l.ref.tree
	if t == nil {
		return "needs the table of the tree: see Ref.Tree"
	}
	for _, name := range []struct{ what, name string }{{"the tree's id column", t.id}, {"the tree's path column", t.path}} {
		if detail := badIdentifier(name.what, name.name); detail != "" {
			return detail
		}
	}
	s, v, detail := classify(value)
	switch {
	case detail != "":
		return detail
	case s == shapeNull || s == shapeList || s == shapeOther:
		return "want one id, got " + shapes[s]
	}
	l.arg = v
	return ""
}
