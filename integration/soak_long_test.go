//go:build soak

package integration_test

import (
	"os"
	"testing"
	"time"
)

// TestSoakFlow runs 50 streams at once, with queries that end in every way, for FRAISEQL_SOAK_TIME. Afterwards
// goroutines, descriptors and heap must be back to what they were.
func TestSoakFlow(t *testing.T) { soak(t, 50, soakTime(t)) }

// TestSoakPool does the same through a pool whose connections are constantly replaced.
func TestSoakPool(t *testing.T) { soakPool(t, 50, soakTime(t)) }

func soakTime(t *testing.T) time.Duration {
	t.Helper()
	last, err := time.ParseDuration(os.Getenv("FRAISEQL_SOAK_TIME"))
	if err != nil {
		t.Fatalf("set FRAISEQL_SOAK_TIME to a duration, as make soak does: %v", err)
	}
	return last
}

// TestSoakCycles connects, runs a query to its end or leaves it, and closes, ten thousand times.
func TestSoakCycles(t *testing.T) { comeAndGo(t, 10_000) }
