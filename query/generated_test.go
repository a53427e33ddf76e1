package query

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files generated from the table of operators")

// The generated files agree with the table of operators. With -update they are written.
func TestGenerated(t *testing.T) {
	methods, err := format.Source(methodsOfRef())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]byte{"methods.go": methods, "../docs/OPERATORS.md": operatorsPage()} {
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: run go test ./query -run TestGenerated -update (-table +file):\n%s", path, diff)
		}
	}
}

func methodsOfRef() []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated from the table of operators by TestGenerated. DO NOT EDIT.\n\npackage query\n")
	for i := range operators {
		o := &operators[i]
		method, parameter, operand := methodName(o.name), "value any", "value"
		switch o.takes {
		case takesList, takesElements, takesElementList, takesAnyElement, takesPaths, takesTreeQueries:
			parameter, operand = "values ...any", "spread(values)"
		case takesFlag:
			parameter, operand = "yes ...bool", "allTrue(yes)"
		}
		fmt.Fprintf(&b, "\n// %s finds %s.\n", method, o.finds)
		switch o.takes {
		case takesList, takesElementList, takesAnyElement, takesPaths, takesTreeQueries:
			b.WriteString("// Pass the list as one argument, or its elements as separate arguments.\n")
		case takesElements:
			b.WriteString("// Pass a list as one argument, or its elements as separate arguments.\n")
		case takesFlag:
			b.WriteString("// Without an argument, the operand is true.\n")
		case takesVector, takesBits, takesSearch:
			fmt.Fprintf(&b, "// The operand marshals to %s.\n", strings.Trim(operands[o.takes].words, "`"))
		}
		fmt.Fprintf(&b, "func (r Ref) %s(%s) Predicate { return r.Is(%q, %s) }\n", method, parameter, o.name, operand)
	}
	return b.Bytes()
}

// methodName returns the name of an operator's method.
func methodName(name string) string {
	switch name {
	case "isnull":
		return "IsNull"
	case "lca":
		return "LCA"
	}
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		switch word {
		case "ipv4", "ipv6":
			b.WriteString("IPv" + word[3:])
		case "ip", "id":
			b.WriteString(strings.ToUpper(word))
		default:
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// places replaces the letters of an operator's SQL by what the page calls them.
var places = strings.NewReplacer("{V}", "VALUE", "{T}", "TEXT", "{K}", "TEXT", "{E}", "TYPED", "{G}", "", "{P}", "$1",
	"{N}", "LENGTH", "{C}", `"c"`, "{F}", "to_tsvector(LANGUAGE, TEXT)", "{L}", "LANGUAGE", "{D}", "VECTOR", "{B}", "BITS",
	"{I}", "SELECT path FROM table WHERE id = $1", "|", `\|`)

func operatorsPage() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Operators

Generated from the table in [query/operators.go](../query/operators.go) by
%s. How to use them is in [QUERY.md](QUERY.md).

Each operator is a method of %s, a name for %s, and a key in a filter that %s
reads. It matches only values of its own JSON type: anything else does not match, and is never an error. A missing value,
JSON null and SQL NULL are the same. Operators whose SQL ends with IS NOT TRUE match exactly the rows that the positive
form does not, including those without a value; add %s to exclude these.

In the SQL, $1 is the operand. For a column with a type of its own, made by %s, the column takes the place of VALUE,
TEXT and TYPED, without a guard.
`, "`go test ./query -run TestGenerated -update`", "`query.Ref`", "`Ref.Is`", "`query.ParseFilter`", "`is_not_null`", "`Column`")
	group := ""
	for i := range operators {
		o := &operators[i]
		if o.group != group {
			group = o.group
			fmt.Fprintf(&b, "\n## %s\n\n| operator | other names | operand | example | SQL | finds |\n| --- | --- | --- | --- | --- | --- |\n", group)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` | `%s` | %s |\n", o.name, codeList(o.alternatives()), operands[o.takes].words,
			strings.ReplaceAll(o.example, "|", `\|`), shownSQL(o), o.finds)
	}
	b.WriteString("\n## Expressions\n\nFor `Field(\"x\")`. `->` goes into objects only. Each cast is in a CASE that checks " +
		"the value first, so that no row can\nabort a query.\n\n| in the tables | SQL |\n| --- | --- |\n")
	x := Field("x")
	for _, e := range []struct {
		name  string
		write func(b *builder)
	}{
		{"VALUE", func(b *builder) { b.value(x) }},
		{"TEXT", func(b *builder) { b.text(x) }},
		{"LENGTH", func(b *builder) { b.length(x) }},
		{"VECTOR", func(b *builder) { b.vector(x, 1) }},
		{"BITS", func(b *builder) { b.bits(x, 1) }},
	} {
		row(&b, e.name, e.write)
	}
	for t := range types {
		if Type(t) != Vector {
			row(&b, "TYPED, "+Type(t).String(), func(b *builder) {
				b.typed(x, Type(t))
				b.guard(x, Type(t))
			})
		}
	}
	b.WriteString("\nThe condition after AND is a guard: it follows the comparison.\n")
	return b.Bytes()
}

func row(out *bytes.Buffer, name string, write func(*builder)) {
	var b builder
	write(&b)
	fmt.Fprintf(out, "| %s | `%s` |\n", name, strings.ReplaceAll(string(b.sql), "|", `\|`))
}

func shownSQL(o *operator) string {
	sql := places.Replace(o.document)
	if o.negated {
		sql = "(" + sql + ") IS NOT TRUE"
	}
	if o.column != "" {
		sql += "`; column: `" + places.Replace(o.column)
	}
	return sql
}

func codeList(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
