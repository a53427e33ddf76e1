// Package scenario has servers to read from and consumers of every kind, for the programs that compare ways of reading.
package scenario
