package integration_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// TestChaos runs rounds of a random fault at a random point, in a random mode, with a consumer that does random
// things. In every case the rows delivered are the first of the right ones, an end without an error comes after all of
// them, nothing hangs, no cancel hits another query, and in the end no goroutine and no descriptor is left.
//
// A round depends only on the seed and its number. FRAISEQL_CHAOS_SEED repeats a run, FRAISEQL_CHAOS_ROUNDS sets its
// length, and FRAISEQL_CHAOS_ROUND runs a single round.
func TestChaos(t *testing.T) {
	const atOnce = 8
	usual := uint64(200)
	if testbed.RaceDetector {
		usual = 100
	}
	seed := chaosNumber(t, "FRAISEQL_CHAOS_SEED", uint64(time.Now().UnixNano()))
	rounds := chaosNumber(t, "FRAISEQL_CHAOS_ROUNDS", usual)
	first := chaosNumber(t, "FRAISEQL_CHAOS_ROUND", 0)
	if first > 0 {
		rounds = first
	}
	t.Logf("FRAISEQL_CHAOS_SEED=%d FRAISEQL_CHAOS_ROUNDS=%d", seed, rounds)
	ways := chaosRoutes(t)
	before := testbed.TakeStock(t)
	numbers := make(chan uint64)
	go func() {
		defer close(numbers)
		for n := max(1, first); n <= rounds; n++ {
			numbers <- n
		}
	}()
	var workers sync.WaitGroup
	var story chaosStory
	for range atOnce {
		workers.Go(func() {
			for n := range numbers {
				round := drawRound(rand.New(rand.NewPCG(seed, n)), ways)
				if problem := round.run(&story); problem != "" {
					t.Errorf("FRAISEQL_CHAOS_SEED=%d FRAISEQL_CHAOS_ROUND=%d: %s\n%s", seed, n, problem, round)
				}
			}
		})
	}
	workers.Wait()
	t.Log(story.String())
	before.CheckNothingLeft(t)
}

// chaosNumber returns a number from the environment, or the default.
func chaosNumber(t testing.TB, variable string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// chaosRoute is a route to the server, and its connection string.
type chaosRoute struct{ route, dsn string }

// chaosRoutes returns the routes to the first server, in a fixed order.
func chaosRoutes(t testing.TB) []chaosRoute {
	t.Helper()
	ways := testbed.Routes(t, testbed.Servers(t)[0])
	var routes []chaosRoute
	for _, name := range []string{"tcp", "tls", "unix"} {
		if dsn, ok := ways[name]; ok {
			routes = append(routes, chaosRoute{name, dsn})
		}
	}
	return routes
}

// chaosStory counts events, so that a run in which nothing ever happens does not go unnoticed.
type chaosStory struct {
	mu    sync.Mutex
	ended map[string]int
}

func (s *chaosStory) add(how string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.ended = map[string]int{}
	}
	s.ended[how]++
}

func (s *chaosStory) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("ends: %v", s.ended)
}
