// Package integration holds the tests on real PostgreSQL servers, and the tests of what the module may import. There is
// nothing here to import.
//
// The servers come from integration/withpg where it runs the tests, as make test does; else the first test that asks
// for one starts them. Where none can be had the tests fail, and say how to get one. See package pgserver.
//
// Package testbed is what the tests are written with; its documentation says how.
package integration
