// Package pgserver finds a real PostgreSQL server for the tests and the demo, or starts one that runs as long as the
// program.
//
// Find tries these in order, and uses the first that is available:
//
//  1. DATABASE_URL, unchanged. Nothing is started, and nothing in that server is changed.
//  2. A Docker engine: one container of the official image for each version asked for.
//  3. Server programs on this machine, in PATH or where the packages of Debian, Red Hat, Homebrew and Postgres.app put
//     them. As root they run as the user postgres, because PostgreSQL refuses to run as root.
//  4. On Debian and Ubuntu, as root: apt-get install postgresql, then as before.
//
// A server that was started here listens only on the loopback address, keeps its data in a temporary folder, and is
// tuned for temporary use: fsync is off. It ends with the program, even if that is killed: a process next to it, or in
// its container, holds the other end of a pipe, and stops it when the pipe closes.
//
// # Roles
//
// A server that was started here has TLS on, with certificates in Server.CertDir, and one role for each authentication
// method. Every password is Password.
//
//	postgres     superuser, SCRAM
//	wire_scram   SCRAM
//	wire_md5     MD5
//	wire_clear   the password in clear text
//	wire_trust   no password
//	wire_tls     SCRAM, only over TLS
//	wire_cert    a client certificate, only over TLS
//
// Over the unix socket every role is trusted.
package pgserver
