// Package measure runs one contestant through one kind of measurement, in this process, and returns the figures.
//
// Only the work itself is counted: connecting and one warm-up query come before, except for a contestant that is a
// separate program.
package measure
