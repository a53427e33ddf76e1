// Package fuzz contains the native fuzz targets of the library: inputs that a hostile server or a user may send, and
// the properties that must hold for them. It exports nothing.
//
// go test replays the seeds and the corpus under testdata/fuzz, where inputs that once failed are kept. To fuzz a
// single target, run
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzFrames$' -fuzztime 60s
package fuzz
