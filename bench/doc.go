// Package bench has the benchmarks of every stage that a row passes, and the tests of what they promise about
// allocations. README.md tells how to run them and how to read what they say.
package bench
