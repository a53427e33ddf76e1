package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// binaries holds the paths of the programs to run.
type binaries struct {
	contest   string
	jsonv2    string // contest with encoding/json/v2; "" if this Go version does not have it
	synthetic string
}

// build builds the programs in dir.
func build(ctx context.Context, dir string) (binaries, error) {
	b := binaries{
		contest:   filepath.Join(dir, "contest"),
		jsonv2:    filepath.Join(dir, "contest-jsonv2"),
		synthetic: filepath.Join(dir, "synthetic"),
	}
	if err := goBuild(ctx, b.contest, "./cmd/contest", ""); err != nil {
		return b, err
	}
	if err := goBuild(ctx, b.synthetic, "./cmd/synthetic", ""); err != nil {
		return b, err
	}
	if err := goBuild(ctx, b.jsonv2, "./cmd/contest", "jsonv2"); err != nil {
		fmt.Fprintln(os.Stderr, "compare: without encoding/json/v2:", err)
		b.jsonv2 = ""
	}
	return b, nil
}

func goBuild(ctx context.Context, output, pkg, experiment string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", output, pkg)
	cmd.Env = append(os.Environ(), "GOEXPERIMENT="+experiment)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w: %s", pkg, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// of returns the program that contains a contestant.
func (b binaries) of(contestant string) string {
	if strings.HasSuffix(contestant, "+jsonv2") {
		return b.jsonv2
	}
	return b.contest
}
