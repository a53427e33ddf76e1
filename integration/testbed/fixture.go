package testbed

import (
	"context"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// Fixture is something in a database that several tests of a program read. Make and Drop are scripts for
// pgserver.RunScript: Make runs when a test first needs the fixture, and Drop when all tests have ended. Fixtures are
// package-level variables.
type Fixture struct {
	Make, Drop string

	once sync.Once
	err  error
}

// In ensures that the database has what Make creates. All tests must pass the same database.
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
