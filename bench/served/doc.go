// Package served starts the synthetic server for the benchmarks, and for the programs in this folder: in the same
// process, or in another one, over a unix socket, TCP or TLS. It is not part of any build of the library.
//
// A server in the same process shares processors and garbage collector with the client, so the sum of both is measured.
// Child starts one in another process; a program that uses it must call ServeIfChild at the beginning of main.
package served
