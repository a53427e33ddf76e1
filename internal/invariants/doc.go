// Package invariants enables checks that are too expensive for normal builds. They are compiled in with the build tag
// invariants or the race detector.
package invariants
