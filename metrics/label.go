package metrics

import (
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

const (
	maxLabel    = 128  // bytes of a label value; a PostgreSQL identifier has at most 63 (NAMEDATALEN)
	maxEntities = 1000 // entities with their own series
	maxValues   = 100  // values of any other label that does not come from a fixed list

	unknownEntity = "unknown" // a query that names no entity
	otherValue    = "other"   // values beyond a cap
)

// clean returns a label value as it is kept: valid UTF-8, not too long. Most values already are, and are returned
// unchanged, without an allocation.
func clean(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	if len(value) <= maxLabel {
		return value
	}
	cut := maxLabel
	for !utf8.RuneStart(value[cut]) {
		cut--
	}
	return value[:cut]
}

// escapes are the escape sequences of the Prometheus text format for label values.
var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// series returns the full name of one time series. pairs are label names and clean values, alternating.
func series(name string, pairs ...string) string {
	var b strings.Builder
	b.WriteString(name)
	for i := 0; i < len(pairs); i += 2 {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(pairs[i])
		b.WriteString(`="`)
		b.WriteString(escapes.Replace(pairs[i+1]))
		b.WriteByte('"')
	}
	if len(pairs) > 0 {
		b.WriteByte('}')
	}
	return b.String()
}

// family holds one handle per value of a label whose values come from outside. Values beyond the cap share the handle
// named other, which does not count towards it. A family is safe for concurrent use; looking up a known value takes no
// lock.
type family[H any] struct {
	limit   int
	create  func(value string) H
	handles sync.Map // string -> H
	mu      sync.Mutex
	size    int
	full    atomic.Bool
}

func newFamily[H any](limit int, create func(value string) H) *family[H] {
	return &family[H]{limit: limit, create: create}
}

// get returns the handle of value.
func (f *family[H]) get(value string) H {
	value = clean(value)
	if h, ok := f.handles.Load(value); ok {
		return h.(H)
	}
	if f.full.Load() && value != otherValue {
		return f.get(otherValue)
	}
	return f.add(value)
}

func (f *family[H]) add(value string) H {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h, ok := f.handles.Load(value); ok {
		return h.(H)
	}
	if value != otherValue {
		if f.size >= f.limit {
			f.full.Store(true)
			value = otherValue
			if h, ok := f.handles.Load(value); ok {
				return h.(H)
			}
		} else {
			f.size++
		}
	}
	h := f.create(value)
	f.handles.Store(strings.Clone(value), h)
	return h
}
