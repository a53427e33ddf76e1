// Package pgserver finds a real PostgreSQL for the tests and the demo, or starts one that lasts as long as the program.
//
// Find looks in this order, and takes the first that answers:
//
//  1. DATABASE_URL, as it is. Nothing is started, and nothing in that server is changed.
//  2. A Docker engine: one container of the official image for each version asked for.
//  3. Server programs on this machine, in PATH or where the packages of Debian, Red Hat, Homebrew and Postgres.app put
//     them. As root they run as the user postgres, because PostgreSQL refuses to run as root.
//  4. On Debian and Ubuntu, as root: apt-get install postgresql, then as before.
//
// A server that was started here listens on the loopback address alone, keeps its data in a temporary folder, and is
// tuned to be thrown away: fsync is off. It ends with the program, whatever ends the program: a process beside it, or
// in its container, holds the other end of a pipe, and stops it when the pipe closes.
//
// # Roles
//
// A server that was started here has TLS on, with certificates in Server.CertDir, and one role for each way of logging
// in. Every password is Password.
//
//	postgres     superuser, SCRAM
//	wire_scram   SCRAM
//	wire_md5     MD5
//	wire_clear   the password in clear
//	wire_trust   no password
//	wire_tls     SCRAM, over TLS alone
//	wire_cert    a client certificate, over TLS alone
//
// Over the Unix socket everybody is trusted.
package pgserver
