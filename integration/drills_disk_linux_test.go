package integration_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// smallDisk mounts a file system with a limited size, which only root may do. A second call changes the size.
func smallDisk(t *testing.T, folder string, flags uintptr, room string) {
	t.Helper()
	err := syscall.Mount("tmpfs", folder, "tmpfs", flags, "size="+room)
	switch {
	case errors.Is(err, syscall.EPERM) && os.Geteuid() != 0:
		t.Skip("only root may mount a small file system; only /dev/full was tested")
	case err != nil:
		testbed.Cannot(t, "needs to mount a small file system: "+err.Error())
	case flags == 0:
		t.Cleanup(func() {
			if err := syscall.Unmount(folder, 0); err != nil {
				t.Error(err)
			}
		})
	}
}

// appends runs the command with its output appended to a file.
func appends(t *testing.T, file string, p *testbed.Command, status int) (log string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // the command has written everything
	p.Stdout = f
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Exits(t, status)
	return p.Log.String()
}

// The drill "The client's disk is full" of docs/OPERATIONS.md.
func TestDrillFullDisk(t *testing.T) {
	t.Parallel()
	const full = "fraiseql-wire: write /dev/stdout: no space left on device; free some space and run it again\n"
	plain := testbed.DSN(t)
	dsn, application := testbed.NamedApplication(t, plain)
	server := testbed.Observe(t, plain)
	if log := appends(t, "/dev/full", testbed.NewCommand(t, dsn, "stream", endlessRows), 1); log != full {
		t.Errorf("standard error %q, want %q", log, full)
	}
	server.WaitNoQuery(application)

	disk := t.TempDir()
	smallDisk(t, disk, 0, "256k")
	out := filepath.Join(disk, "rows.ndjson")
	if log := appends(t, out, testbed.NewCommand(t, dsn, "stream", endlessRows), 1); log != full {
		t.Errorf("standard error %q, want %q", log, full)
	}
	server.WaitNoQuery(application)
	checkNumbered(t, out, 1000, 1_000_000)
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}

	const rows = 30_000
	c := testbed.Connect(t, plain)
	schema := querySchema(t, c, "wire_drill_disk")
	numberedView(t, c, schema, rows)
	export := func() *testbed.Command {
		return testbed.NewCommand(t, dsn, "stream", "--from", schema+".v", "--as", "id=numeric", "--order", `{"id":"ASC"}`,
			"--resume", filepath.Join(disk, "place"))
	}
	log := appends(t, out, export(), 1)
	written := checkNumbered(t, out, 1000, rows-1)
	if want := fmt.Sprintf("%d rows were written: run the same command again to continue", written); !strings.Contains(log, want) {
		t.Errorf("standard error %q, want it to contain %q", log, want)
	}
	if log := appends(t, out, export(), 1); checkNumbered(t, out, written, rows-1) < written || !strings.Contains(log, "no space left") {
		t.Errorf("on the disk, which is still full: standard error %q", log)
	}
	smallDisk(t, disk, syscall.MS_REMOUNT, "16m")
	if log := appends(t, out, export(), 0); log != "" {
		t.Errorf("standard error %q", log)
	}
	checkNumbered(t, out, rows, rows)
	if left, err := filepath.Glob(filepath.Join(disk, "place*")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v: left by a complete export", left, err)
	}
}

// checkNumbered returns how many rows {"id": n} a file contains, which must be whole and numbered from 1.
func checkNumbered(t *testing.T, file string, least, most int) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if want := fmt.Sprintf("{\"id\": %d}\n", n+1); line != want {
			t.Fatalf("row %d is %q", n+1, line)
		}
		n++
	}
	if n < least || n > most {
		t.Errorf("%d rows, want %d to %d", n, least, most)
	}
	return n
}
