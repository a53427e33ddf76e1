//go:build !invariants && !race

package invariants

// On reports whether the checks are compiled in. It is a constant, so that code that depends on it costs nothing in
// other builds.
const On = false

// Poison does nothing in this build.
func Poison([]byte) {}
