package main

import (
	"strings"
	"testing"
)

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	// Nothing listens there: a program that connects before it checks the flags fails with exit code 1.
	const dsn = "postgres://wire:hunter2@127.0.0.1:1/none"
	stream := func(args ...string) []string { return append([]string{"stream", "--dsn", dsn}, args...) }
	const sql = "SELECT data FROM v_user"
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"strean"}, `unknown command "strean"`},
		{"unknown flag", stream("--fast", sql), "--fast"},
		{"no statement", stream(), "want one SQL statement, in quotes, or --file"},
		{"an empty statement", stream(" "), "want one SQL statement, in quotes, or --file"},
		{"a statement without quotes", stream("SELECT", "1"), "want one SQL statement, in quotes, or --file"},
		{"chunk rows of 0", stream("--chunk-rows", "0", sql), "--chunk-rows 0"},
		{"chunk rows above the limit", stream("--chunk-rows", "16777217", sql), "16777216"},
		{"an invalid size", stream("--max-memory", "much", sql), `--max-memory "much": want a size such as 64MiB`},
		{"a negative size", stream("--max-memory", "-1", sql), "--max-memory"},
		{"memory policy", stream("--memory-policy", "hope", sql), `--memory-policy "hope": want one of fail, wait`},
		{"read-ahead", stream("--read-ahead", "maybe", sql), "want one of always, auto, never"},
		{"progress", stream("--progress", "yes", sql), "want one of always, auto, never"},
		{"a negative timeout", stream("--timeout", "-1s", sql), "--timeout -1s"},
		{"a timeout without unit", stream("--timeout", "10", sql), "--timeout"},
		{"metrics without a port", stream("--metrics-listen", "localhost", sql), `--metrics-listen "localhost": want host:port`},
		{"a filter without a view", stream("--where", "{}", sql), "--where needs --from"},
		{"a view and a statement", stream("--from", "v", sql), "want either a statement or --from, not both"},
		{"an invalid filter", stream("--from", "v", "--where", "{"), "--where: where: it is not valid JSON"},
		{"an unknown operator", stream("--from", "v", "--where", `{"age":{"gtee":1}}`), "--where: where.age.gtee: unknown operator; did you mean gte?"},
		{"an invalid order", stream("--from", "v", "--order", `{"age":"UP"}`), "--order: order.age: unknown direction"},
		{"a negative limit", stream("--from", "v", "--limit", "-1"), "Limit(-1)"},
		{"a view without a name", stream("--from", ""), `From("")`},
		{"an invalid type", stream("--from", "v", "--as", "id=number"), `--as "number": want one of`},
		{"resuming without an order", stream("--from", "v", "--resume", "place"), "--resume needs an --order"},
		{"resuming with statistics", stream("--from", "v", "--order", `{"id":"ASC"}`, "--resume", "p", "--stats"), "--resume"},
		{"no rows", []string{"demo", "--dsn", dsn, "--rows", "0"}, "--rows 0"},
		{"no streams", []string{"demo", "--dsn", dsn, "--streams", "0"}, "--streams 0"},
		{"more streams than rows", []string{"demo", "--dsn", dsn, "--rows", "5", "--streams", "6"}, "at most the 5 rows"},
		{"ping with a statement", []string{"ping", "--dsn", dsn, sql}, "unknown command"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			try(t, tt.args...).oneLine(t, exitUsage, tt.want, "--help")
		})
	}
}

// A connection string that cannot be parsed is a usage error too. Text that may be part of a password is never shown.
func TestWrongConnectionStrings(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, dsn, want string }{
		{"no keyword", "hunter2", "write keyword=value, or a URI"},
		{"another scheme", "mysql://wire:hunter2@localhost/shop", "postgres://"},
		{"an @ in the password", "postgres://wire:hunter2@hunter2@localhost/shop", "%40"},
		{"a slash in the password", "postgres://wire:hunter2/hunter2@localhost/shop", "%2F"},
		{"an unknown keyword", "host=localhost passwort=hunter2", "unknown keyword"},
		{"an invalid port", "postgres://wire:hunter2@localhost:99999/shop", "1 to 65535"},
		{"an invalid mode", "postgres://wire:hunter2@localhost/shop?sslmode=maybe", "verify-full"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := try(t, "ping", "--dsn", tt.dsn)
			got.oneLine(t, exitUsage, tt.want)
			if strings.Contains(got.err, "hunter2") {
				t.Errorf("the password is shown: %q", got.err)
			}
		})
	}
}
