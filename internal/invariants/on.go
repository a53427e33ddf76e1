//go:build invariants || race

package invariants

// On says whether the checks are compiled in. It is a constant, so that what stands behind it costs nothing elsewhere.
const On = true

// poison is what a dead byte becomes: it begins no UTF-8 sequence and no JSON document, so a reader fails at once.
const poison = 0xfd

// Poison overwrites b, whose owner has said that nobody reads it any more. Whoever still does fails at once, and under
// the race detector is reported.
func Poison(b []byte) {
	if len(b) == 0 {
		return
	}
	b[0] = poison
	for done := 1; done < len(b); done *= 2 {
		copy(b[done:], b[:done])
	}
}
