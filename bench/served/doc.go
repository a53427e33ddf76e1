// Package served starts the synthetic server for the benchmarks, and for the programs beside them: in the same process,
// or in one of its own, over a unix socket, TCP or TLS. It is part of no build of the library.
//
// A server in the same process shares processors and garbage collector with the client, so that the sum of both is
// measured. Child starts one in another process; a program that uses it must call ServeIfChild at the beginning of main.
package served
