package argument

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// arrayParser reads an array literal with text elements, as described in the manual's section "Array Input and Output
// Syntax". NULL becomes nil, and an inner array a []any.
type arrayParser struct {
	t    *testing.T
	rest string
}

func (p *arrayParser) next() byte {
	if p.rest == "" {
		p.t.Fatal("the array literal ends early")
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c
}

// array reads what follows an opening brace, up to its closing one.
func (p *arrayParser) array() []any {
	elements := []any{}
	for first := true; ; first = false {
		if strings.HasPrefix(p.rest, "}") && first {
			p.rest = p.rest[1:]
			return elements
		}
		elements = append(elements, p.element())
		switch c := p.next(); c {
		case '}':
			return elements
		case ',':
		default:
			p.t.Fatalf("%q between elements", c)
		}
	}
}

func (p *arrayParser) element() any {
	switch {
	case strings.HasPrefix(p.rest, "{"):
		p.rest = p.rest[1:]
		return p.array()
	case strings.HasPrefix(p.rest, `"`):
		p.rest = p.rest[1:]
		return p.quoted()
	}
	end := strings.IndexAny(p.rest, ",}")
	if end <= 0 {
		p.t.Fatalf("no element before %q", p.rest)
	}
	bare := p.rest[:end]
	p.rest = p.rest[end:]
	if strings.EqualFold(bare, "NULL") {
		return nil
	}
	return bare
}

func (p *arrayParser) quoted() string {
	var b strings.Builder
	for {
		switch c := p.next(); c {
		case '"':
			return b.String()
		case '\\':
			b.WriteByte(p.next())
		default:
			b.WriteByte(c)
		}
	}
}

// FuzzArrayLiteral checks that any text in an array literal is read back as the same elements.
func FuzzArrayLiteral(f *testing.F) {
	f.Add("", "NULL", `\`)
	f.Add(`"`, "{,}", " null ")
	f.Add(`\"`, "\n", "ü")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		got, err := Encode([]any{[]any{[]string{a, b}, []any{c, nil}, []*string{&a, nil}, []string{}}})
		if err != nil {
			if all := a + " " + b + " " + c; !strings.ContainsRune(all, 0) && utf8.ValidString(all) {
				t.Fatal(err)
			}
			return
		}
		p := arrayParser{t: t, rest: string(got[0])}
		if c := p.next(); c != '{' {
			t.Fatalf("%q begins with %q", got[0], c)
		}
		want := []any{[]any{a, b}, []any{c, nil}, []any{a, nil}, []any{}}
		if diff := cmp.Diff(want, p.array()); diff != "" {
			t.Errorf("%q, want -, got +:\n%s", got[0], diff)
		}
		if p.rest != "" {
			t.Errorf("%q follows the array", p.rest)
		}
	})
}
