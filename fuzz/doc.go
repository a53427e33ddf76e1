// Package fuzz holds the native fuzz targets of the library: what a hostile server or an odd user can bring, and the
// properties that must hold for it. There is nothing here to import.
//
// go test replays the seeds and the corpus under testdata/fuzz, where inputs that once failed are kept. Fuzz one target
// with
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzFrames$' -fuzztime 60s
package fuzz
