package scenario

import (
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
)

// Consumer is what a program does with its rows.
type Consumer struct {
	Name   string
	Factor float64       // work per row, in units of the time that reading a row takes
	Bursts bool          // work only in every other burst
	Nap    time.Duration // after each burst: the program waits for something else, and computes nothing
	Tiny   bool          // many queries of one row instead of one of many
}

// burst is a power of two of bytes: 1 MiB.
const burst = 20

// Consumers are the kinds that are compared.
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

// Worker is what k does for each row, where reading one takes perRow.
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
