// Package report turns the samples of interleaved rounds into tables and charts. A ratio is always taken within a
// round, between two adjacent runs, so that other load on the machine affects both.
package report
