//go:build race

package testbed

// RaceDetector reports whether the program was built with the race detector. With it rows cost about ten times as much,
// and bare sockets are read through net.Conn.
const RaceDetector = true
