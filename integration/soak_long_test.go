//go:build soak

package integration_test

import (
	"os"
	"testing"
	"time"
)

// TestSoakFlow runs 50 streams at once, whatever becomes of their queries, for FRAISEQL_SOAK_TIME. Goroutines,
// descriptors and heap must be back to where they were afterwards.
func TestSoakFlow(t *testing.T) { soak(t, 50, soakTime(t)) }

// TestSoakPool does the same through a pool whose connections are replaced all the time.
func TestSoakPool(t *testing.T) { soakPool(t, 50, soakTime(t)) }

func soakTime(t *testing.T) time.Duration {
	t.Helper()
	last, err := time.ParseDuration(os.Getenv("FRAISEQL_SOAK_TIME"))
	if err != nil {
		t.Fatalf("set FRAISEQL_SOAK_TIME to a duration, as make soak does: %v", err)
	}
	return last
}

// TestSoakCycles connects, asks, leaves or reads on, and closes ten thousand times.
func TestSoakCycles(t *testing.T) { comeAndGo(t, 10_000) }
