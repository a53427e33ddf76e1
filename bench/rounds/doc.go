// Package rounds runs the sides of a comparison in turn, and compares them round by round.
//
// A machine is never quiet: what holds are ratios between runs that stood side by side. A round runs every side once;
// the order is turned from round to round, so that none always follows the same other one. A figure is the median over
// the rounds of the ratio inside the round.
package rounds
