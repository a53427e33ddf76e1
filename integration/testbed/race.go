//go:build race

package testbed

// RaceDetector says that this program is built with it: rows cost some ten times as much, and bare sockets are read
// through net.Conn.
const RaceDetector = true
