package scenario

import (
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
)

// Consumer describes what a program does with its rows.
type Consumer struct {
	Name   string
	Factor float64       // work for each row, as a multiple of the time that it takes to read one
	Bursts bool          // work only in every other burst
	Nap    time.Duration // sleep after each burst, like a program that waits for something else
	Tiny   bool          // many queries of one row instead of one query of many rows
}

// burst is the binary logarithm of the size of a burst in bytes, which is 1 MiB.
const burst = 20

// Consumers returns the consumers that are compared.
func Consumers() []Consumer {
	return []Consumer{
		{Name: "fast"},
		{Name: "slow 0.5x", Factor: 0.5},
		{Name: "slow 1x", Factor: 1},
		{Name: "slow 3x", Factor: 3},
		{Name: "bursty 3x", Factor: 3, Bursts: true},
		{Name: "naps 1 ms", Nap: time.Millisecond},
		{Name: "tiny query", Tiny: true},
	}
}

// Worker returns the function to call for each row, if reading a row takes perRow.
func (k Consumer) Worker(perRow time.Duration) func(row []byte) {
	steps := 0
	if k.Factor > 0 {
		steps = max(1, int(stepsPerMillisecond*k.Factor*float64(perRow)/float64(time.Millisecond)))
	}
	taken := 0
	return func(row []byte) {
		before := taken >> burst
		taken += len(row)
		if steps > 0 && !(k.Bursts && before&1 == 0) {
			rounds.Spin(steps)
		}
		if k.Nap > 0 && taken>>burst > before {
			time.Sleep(k.Nap)
		}
	}
}

var stepsPerMillisecond = float64(rounds.StepsFor(time.Millisecond))
