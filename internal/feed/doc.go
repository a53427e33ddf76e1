// Package feed is the contract between a connection and the stream that it feeds: the methods that each calls on the
// other.
//
// Package conn implements Source, one for each query, and passes it to stream.New with an Env. It gets back the stream,
// which it returns to the program, and a Handle, with which it ends the stream from its own side. This package does not
// depend on PostgreSQL, so streams can be tested with a source in memory.
package feed
