// Package workload defines the statements and the rows: the same documents from a PostgreSQL server and from the
// synthetic one, of a chosen size, and the struct that they decode into.
package workload
