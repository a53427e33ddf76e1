// Package feed is the contract between a connection and the stream that it feeds: what the two call of each other.
//
// Package conn implements Source, one for each query, and hands it to stream.New with an Env. It gets the stream, which is
// the caller's, and a Handle, by which it ends the stream from its own side. Nothing here knows of PostgreSQL, so the
// stream is tested with a source in memory.
package feed
