package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// shell runs a command line that asks localhost:8080, and returns what it prints.
func (p *program) shell(line string) string {
	p.t.Helper()
	line = strings.ReplaceAll(line, "localhost:8080", p.address)
	line = strings.ReplaceAll(line, "curl ", "curl --silent --show-error --noproxy '*' ")
	out, err := exec.CommandContext(testbed.Context(p.t), "sh", "-c", line).CombinedOutput()
	if err != nil {
		p.t.Errorf("%s: %v: %s", line, err, out)
	}
	return string(out)
}

// The commands that make demo-server prints, and those in docs/HTTP.md, work unchanged.
func TestDocumented(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		testbed.Cannot(t, "curl is not installed")
	}
	p := launch(t)
	lines := regexp.MustCompile(`(?m)^ *(curl (?:.*\\\n)*.*)$`).FindAllStringSubmatch(readFile("demo.txt"), -1)
	if len(lines) != 3 {
		t.Errorf("%d lines to try, want 3", len(lines))
	}
	for _, line := range lines {
		if out := p.shell(line[1]); !strings.Contains(out, `{"id": `) {
			t.Errorf("%s: %s", line[1], out)
		}
	}
	session := regexp.MustCompile("(?s)```\n(\\$ curl .*?)```").FindStringSubmatch(readFile("../../docs/HTTP.md"))
	if session == nil {
		t.Fatal("docs/HTTP.md shows no curl")
	}
	for _, step := range strings.Split(session[1], "$ ")[1:] {
		line := regexp.MustCompile(`(?m)\A(?:.*\\\n)*.*\n`).FindString(step)
		want := strings.TrimPrefix(step, line)
		if diff := cmp.Diff(want, strings.TrimSuffix(p.shell(line), "\n")+"\n"); diff != "" {
			t.Errorf("%s (-docs +printed):\n%s", line, diff)
		}
	}
	p.waitFailure() // the last one shows a refusal
}
