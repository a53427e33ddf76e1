// Package invariants switches on checks that are too dear for every build: with the tag invariants, or with the race
// detector.
package invariants
