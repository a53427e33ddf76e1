package contestant

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/synthetic"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// serve starts a synthetic server on a unix socket and returns its connection string.
func serve(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go synthetic.New().Serve(l)
	return "postgres://u@/d?sslmode=disable&host=" + dir
}

// TestEveryContestant reads a result, leaves one early, and reads again on the same client.
func TestEveryContestant(t *testing.T) {
	t.Parallel()
	dsn := serve(t)
	whole := workload.Rows(workload.Synthetic, 5000, 120)
	long := workload.Rows(workload.Synthetic, 50_000, 120)
	for _, c := range All() {
		if slices.Contains([]string{
			psql().Name,                             // does not work with this server, and cannot leave
			"fraiseql-scope", "pgx-tx", "pgx-batch", // use settings that this server does not have
		}, c.Name) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			client, err := c.Open(ctx, dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			readWhole := func() {
				if tally, err := client.Run(ctx, whole, &Watch{}); err != nil || tally.Rows != whole.Rows {
					t.Fatalf("%d rows and error %v, want %d", tally.Rows, err, whole.Rows)
				}
			}
			readWhole()
			reached := 0
			leave := &Watch{Row: 10, Reached: func() bool { reached++; return true }}
			if _, err := client.Run(ctx, long, leave); err != nil || reached != 1 {
				t.Fatalf("leaving: error %v, reached %d times", err, reached)
			}
			readWhole()
		})
	}
}

// TestDecodersSeeTheSame compares the sums of the ids of all decoders.
func TestDecodersSeeTheSame(t *testing.T) {
	t.Parallel()
	dsn := serve(t)
	q := workload.Rows(workload.Synthetic, 100, 120)
	want := int64(100*workload.FirstID + 100*101/2)
	for _, c := range All() {
		if !strings.Contains(c.Name, "+") && c.Name != "pgx-scan" {
			continue
		}
		client, err := c.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		if tally, err := client.Run(t.Context(), q, &Watch{}); err != nil || tally.IDs != want {
			t.Errorf("%s: sum %d and error %v, want %d", c.Name, tally.IDs, err, want)
		}
		client.Close()
	}
}
