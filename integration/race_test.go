//go:build race

package integration_test

// raceDetector says that rows cost some ten times as much.
const raceDetector = true
