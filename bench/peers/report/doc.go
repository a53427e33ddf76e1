// Package report turns the samples of interleaved rounds into tables and charts. A ratio is always taken inside a
// round, between two runs that stood side by side, so that what else the machine did weighs on both.
package report
