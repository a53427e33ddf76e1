// Package contestant has the clients to compare. Each reads the rows of a query in the way that its library recommends,
// and does nothing else.
package contestant

import (
	"context"
	"fmt"
	"slices"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// Contestant is one way to read rows.
type Contestant struct {
	Name  string
	About string // one line for the report
	Open  opener
}

// opener connects. The caller closes the Client.
type opener func(ctx context.Context, dsn string) (Client, error)

// Client is one connection of a contestant. It is for one goroutine.
type Client interface {
	// Run sends q and reads its rows to the end, or until watch tells it to leave; then it leaves in the contestant's
	// own way, and the client is ready for the next query.
	Run(ctx context.Context, q workload.Query, watch *Watch) (Tally, error)
	Close() error
}

// Watch is called at one row of a query.
type Watch struct {
	Row     int64               // from 1; 0: never
	Reached func() (leave bool) // may wait
}

// leaves reports whether the query should be left at this row.
func (w *Watch) leaves(row int64) bool { return row == w.Row && w.Reached() }

// Tally counts what was received. A contestant that does not look at rows reports no bytes, one that decodes them the
// sum of the ids.
type Tally struct{ Rows, Bytes, IDs int64 }

func (t *Tally) add(row []byte) {
	t.Rows++
	t.Bytes += int64(len(row))
}

func (t *Tally) decoded(u *workload.User) {
	t.Rows++
	t.IDs += u.ID
}

// All returns the contestants, the base of the ratios first.
func All() []Contestant {
	return slices.Concat(bares(), ours(), pgxes(), pgxDecoders(), sqls(), []Contestant{psql()})
}

// ByName returns the contestant with the given name.
func ByName(name string) (Contestant, error) {
	all := All()
	i := slices.IndexFunc(all, func(c Contestant) bool { return c.Name == name })
	if i < 0 {
		return Contestant{}, fmt.Errorf("no contestant is named %q: run with -list to see all", name)
	}
	return all[i], nil
}
