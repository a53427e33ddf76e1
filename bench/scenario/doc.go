// Package scenario provides servers and consumers of every kind, for the programs that compare ways of reading.
package scenario
