package testbed

import (
	"context"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// Fixture is something in a database that several tests of a program read. Both are scripts for pgserver.RunScript: Make
// is run when a test first asks for it, and Drop when all tests have ended. It is made at package level.
type Fixture struct {
	Make, Drop string

	once sync.Once
	err  error
}

// In sees to it that the database has what the fixture makes. All tests must name the same one.
func (f *Fixture) In(t testing.TB, dsn string) {
	t.Helper()
	f.once.Do(func() {
		f.err = f.run(dsn, f.Make)
		shared.atEnd(func() error { return f.run(dsn, f.Drop) })
	})
	if f.err != nil {
		t.Fatal(f.err)
	}
}

func (f *Fixture) run(dsn, script string) error {
	ctx, stop := context.WithTimeout(context.Background(), Patience)
	defer stop()
	return pgserver.RunScript(ctx, dsn, script)
}
