// Package bench has the benchmarks of every stage that a row passes, and the tests of the guarantees about allocations.
// README.md explains how to run them and how to read their results.
package bench
