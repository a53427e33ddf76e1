package protocol_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/golden anew instead of comparing with it")

// golden compares frames with testdata/golden/<name>.hex. The layout names the fields of what is encoded, in order,
// each as comment:size, where the size is a number of bytes, z for a string with its NUL, or * for the rest.
func golden(t *testing.T, name, layout string, encoded []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".hex")
	if *update {
		if err := os.WriteFile(file, []byte(annotate(t, layout, encoded)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readGolden(t, file), encoded); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	if diff := cmp.Diff(annotate(t, layout, encoded), mustRead(t, file)); diff != "" {
		t.Errorf("%s, comments (-want +got):\n%s", file, diff)
	}
}

// annotate writes one line for each field: its bytes, and what it is.
func annotate(t *testing.T, layout string, encoded []byte) string {
	t.Helper()
	var b strings.Builder
	rest := encoded
	for field := range strings.SplitSeq(layout, ",") {
		comment, size, ok := strings.Cut(strings.TrimSpace(field), ":")
		if !ok {
			t.Fatalf("layout %q: no size in %q", layout, field)
		}
		n := len(rest)
		switch size {
		case "*":
		case "z":
			n = bytes.IndexByte(rest, 0) + 1
		default:
			var err error
			if n, err = strconv.Atoi(size); err != nil {
				t.Fatalf("layout %q: %v", layout, err)
			}
		}
		if n > len(rest) {
			t.Fatalf("layout %q: %q needs %d bytes, %d are left", layout, field, n, len(rest))
		}
		fmt.Fprintf(&b, "% x\t# %s%s\n", rest[:n], comment, printable(rest[:n]))
		rest = rest[n:]
	}
	if len(rest) > 0 {
		t.Fatalf("layout %q: %d bytes are left", layout, len(rest))
	}
	return b.String()
}

// printable shows bytes that are text.
func printable(b []byte) string {
	text := bytes.TrimSuffix(b, []byte{0})
	for _, c := range text {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	if len(text) == 0 {
		return ""
	}
	return fmt.Sprintf(" %q", text)
}

// readGolden reads hexadecimal digits; what follows a # is a comment.
func readGolden(t *testing.T, file string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.SplitSeq(mustRead(t, file), "\n") {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return b
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (written by go test -update)", err)
	}
	return string(text)
}
