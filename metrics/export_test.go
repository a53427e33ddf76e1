package metrics

import (
	"bytes"
	"slices"
	"strings"
)

// MaxLabel is the longest label value, in bytes.
const MaxLabel = maxLabel

// EntityLimit returns how many entities have their own series.
func EntityLimit() int { return entities.limit }

// Lines returns the lines of the page that contain all the texts.
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

// Capped is a family of strings with a limit, for the tests of the cap: the whole process shares one family of
// entities.
type Capped struct{ f *family[*string] }

// NewCapped returns a Capped with the given limit.
func NewCapped(limit int) Capped {
	return Capped{newFamily(limit, func(v string) *string { return &v })}
}

// Get returns the value that v is counted under.
func (c Capped) Get(v string) *string { return c.f.get(v) }
