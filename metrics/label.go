package metrics

import (
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

const (
	maxLabel    = 128  // bytes of a label value; a PostgreSQL identifier has 63 at most (NAMEDATALEN)
	maxEntities = 1000 // entities with series of their own
	maxValues   = 100  // values of any other label that does not come from a fixed list

	unknownEntity = "unknown" // a query that names no entity
	otherValue    = "other"   // what exceeds a cap
)

// clean is a label value as it is kept: valid UTF-8, not too long. Most values are clean already and come back as they
// are, without an allocation.
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

// escapes are those of the Prometheus text format for label values.
var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// series is the full name of one time series. pairs are label names and clean values in turn.
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
// named other, which does not count. For any goroutine; looking up a value that is there takes no lock.
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

// get is the handle of value.
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
