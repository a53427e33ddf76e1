//go:build invariants || race

package invariants

// On reports whether the checks are compiled in. It is a constant, so that code that depends on it costs nothing in
// other builds.
const On = true

// poison is the value that overwrites a dead byte. It cannot begin a UTF-8 sequence or a JSON document, so a reader
// fails at once.
const poison = 0xfd

// Poison overwrites b, which its owner has declared unused. Code that still reads it fails at once, and the race
// detector reports it.
func Poison(b []byte) {
	if len(b) == 0 {
		return
	}
	b[0] = poison
	for done := 1; done < len(b); done *= 2 {
		copy(b[done:], b[:done])
	}
}
