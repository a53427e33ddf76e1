// Package workload says what is asked for and what a row looks like: the same documents from a PostgreSQL server and
// from the synthetic one, of a chosen size, and the struct they decode into.
package workload
