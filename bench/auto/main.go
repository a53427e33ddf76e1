// Command auto compares ReadAheadAuto with the two fixed modes, for consumers of every kind:
//
//	DATABASE_URL=... go run ./bench/auto -procs 2
//	DATABASE_URL=... taskset -c 0 go run ./bench/auto -procs 1 -server taskset,-c,1
//
// The target is that auto is never more than 5 % slower than the better of the two. Without DATABASE_URL only the
// synthetic server is used.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/scenario"
	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func main() {
	served.ServeIfChild()
	n := flag.Int("rounds", 21, "rounds of each comparison")
	procs := flag.Int("procs", runtime.GOMAXPROCS(0), "GOMAXPROCS")
	only := flag.String("only", "", "regular expression over `server/size/consumer`")
	server := flag.String("server", "", "words before the command of the synthetic server, separated by commas")
	flag.Float64Var(&rounds.Rest, "rest", 0, "sleep after each run, as a multiple of its duration")
	flag.Parse()
	runtime.GOMAXPROCS(*procs)
	chosen, err := regexp.Compile(*only)
	if err == nil {
		err = run(context.Background(), *n, chosen, strings.FieldsFunc(*server, func(r rune) bool { return r == ',' }))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "auto:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, n int, only *regexp.Regexp, prefix []string) error {
	fmt.Printf("GOMAXPROCS=%d, %d rounds, %s\n\n", runtime.GOMAXPROCS(0), n, runtime.Version())
	fmt.Println("| server | row | consumer | pull | always | auto | auto/better (p10 to p90) | " +
		"CPU auto/better | read ahead |")
	fmt.Println("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, size := range []int{1 << 10, 10 << 10} {
		places, err := scenario.All(ctx, size, prefix...)
		if err != nil {
			return err
		}
		for _, p := range places {
			err = measure(ctx, p, n, only)
			p.Close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// measure compares the modes with every consumer.
func measure(ctx context.Context, p *scenario.Place, n int, only *regexp.Regexp) error {
	perRow := time.Duration(0)
	for _, k := range scenario.Consumers() {
		if !only.MatchString(fmt.Sprintf("%s/%d/%s", p.Name, p.Size, k.Name)) {
			continue
		}
		if perRow == 0 {
			var err error
			if perRow, err = p.ReadTime(ctx); err != nil {
				return err
			}
		}
		var ahead share
		samples, err := rounds.Run(n,
			p.Side(ctx, "pull", k, perRow, nil, stream.WithReadAhead(stream.ReadAheadNever)),
			p.Side(ctx, "always", k, perRow, nil, stream.WithReadAhead(stream.ReadAheadAlways)),
			p.Side(ctx, "auto", k, perRow, ahead.look))
		if err != nil {
			return err
		}
		report(p, k, samples, ahead)
	}
	return nil
}

func report(p *scenario.Place, k scenario.Consumer, samples [][]rounds.Sample, ahead share) {
	pull, always, auto := samples[0], samples[1], samples[2]
	better := pull
	if rounds.Ratio(always, pull, rounds.Wall, 0.5) < 1 {
		better = always
	}
	at := func(q float64) float64 { return rounds.Ratio(auto, better, rounds.Wall, q) }
	fmt.Printf("| %s | %d | %s | %.1f ms | %.1f ms | %.1f ms | **%.3f** (%.2f to %.2f) | %.2f | %.0f %% |\n",
		p.Name, p.Size, k.Name, ms(pull), ms(always), ms(auto), at(0.5), at(0.1), at(0.9),
		rounds.Ratio(auto, better, rounds.CPU, 0.5), ahead.percent())
}

func ms(side []rounds.Sample) float64 {
	return float64(rounds.Median(side, rounds.Wall).Microseconds()) / 1000
}

// share counts how often a background reader was running.
type share struct{ looks, ahead int }

func (s *share) look(st stream.Stats) {
	s.looks++
	if st.ReadAhead {
		s.ahead++
	}
}

func (s *share) percent() float64 { return 100 * float64(s.ahead) / float64(max(s.looks, 1)) }
