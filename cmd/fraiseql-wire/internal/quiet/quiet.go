// Package quiet mutes the standard logger, package log, while the packages of the command are initialised.
//
// On machines whose kernel keeps no pressure stall information, github.com/VictoriaMetrics/metrics says so through the
// standard logger when it is initialised, and a command that only wants to stream rows would greet its user with that.
//
// Go initialises packages sorted by import path, each as soon as all that it imports is ready ("Package
// initialization", Go specification). This one imports io, log and os, and is ready with them. VictoriaMetrics/metrics
// comes later, whatever its path: it also imports net/http, which imports log. A test runs the command to hold this.
package quiet

import (
	"io"
	"log"
	"os"
)

var _ = mute()

func mute() bool {
	log.SetOutput(io.Discard)
	return true
}

// End gives the standard logger its voice back. Package main calls it first of all.
func End() { log.SetOutput(os.Stderr) }
