// Package rounds runs the sides of a comparison in turn, and compares them round by round.
//
// A machine is never entirely idle: only ratios between adjacent runs are meaningful. A round runs every side once; the
// order is rotated from round to round, so that no side always follows the same other one. A figure is the median over
// the rounds of the ratio within the round.
package rounds
