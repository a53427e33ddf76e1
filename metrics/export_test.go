package metrics

import (
	"bytes"
	"slices"
	"strings"
)

// MaxLabel is the bound on a label value, in bytes.
const MaxLabel = maxLabel

// EntityLimit is how many entities have series of their own.
func EntityLimit() int { return entities.limit }

// Lines are the lines of the page that hold all the texts.
func Lines(texts ...string) []string {
	var page bytes.Buffer
	WritePrometheus(&page)
	var found []string
	for line := range strings.Lines(page.String()) {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
			found = append(found, strings.TrimSuffix(line, "\n"))
		}
	}
	return found
}

// Capped is a family of strings with a limit, for the tests of the cap: entities are one for the whole process.
type Capped struct{ f *family[*string] }

// NewCapped makes one.
func NewCapped(limit int) Capped {
	return Capped{newFamily(limit, func(v string) *string { return &v })}
}

// Get is the value that v is counted under.
func (c Capped) Get(v string) *string { return c.f.get(v) }
