// Package served gives the benchmarks, and the programs beside them, a server at full speed to read from: in the same
// process, or in one of its own, over a unix socket, TCP or TLS. It is part of no build of the library.
//
// A server in the same process shares its processors and its garbage collector with the client: what is measured is the
// sum. Child starts one apart; the program must call ServeIfChild first of all.
package served
