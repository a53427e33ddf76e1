// Package integration contains the tests on real PostgreSQL servers, and the tests of the module's imports. It exports
// nothing.
//
// If integration/withpg runs the tests, as with make test, it provides the servers; otherwise the first test that needs
// one starts them. If no server is available the tests fail, with a message on how to get one. See package pgserver.
//
// The tests are written with package testbed; see its documentation.
package integration
