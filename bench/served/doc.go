// Package served starts the synthetic server for the benchmarks, and for the programs beside them: in the same process,
// or in one of its own, over a unix socket, TCP or TLS. It is part of no build of the library.
//
// A server in the same process shares its processors and its garbage collector with the client: what is measured is the
// sum. Child starts one apart; the program must call ServeIfChild first of all.
package served
