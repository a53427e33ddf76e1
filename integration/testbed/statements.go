package testbed

import "fmt"

// Endless is a number of rows that no test ever reads. A server that is not told to stop sends them for a quarter of
// an hour, far longer than Patience.
const Endless = 1_000_000_000

// EndlessIntegers is a result of small rows, "1", "2" and so on, that has no end.
const EndlessIntegers = "SELECT to_json(generate_series(1, 1000000000)) AS data"

// Documents is a query of n small documents, {"id": 1} and so on.
func Documents(n int) string {
	return fmt.Sprintf("SELECT jsonb_build_object('id', g) AS data FROM generate_series(1, %d) g", n)
}

// Numbered is a query of n rows of exactly size bytes: "0...01", "0...02" and so on. The server makes them one by one
// as it sends them; a function in FROM it would first run to its end.
func Numbered(n, size int) string {
	return fmt.Sprintf("SELECT to_jsonb(lpad(g::text, %d, '0')) AS data FROM (SELECT generate_series(1, %d) AS g) AS s",
		size-2, n)
}

// Unhurried is Numbered from a server that sleeps 20 ms before every hundredth row, so that many such queries at once
// leave it time for other requests.
func Unhurried(n, size int) string {
	return fmt.Sprintf("SELECT CASE WHEN g %% 100 > 0 OR pg_sleep(0.02) IS NOT NULL THEN to_jsonb(lpad(g::text, %d, '0')) END"+
		" AS data FROM (SELECT generate_series(1, %d) AS g) AS s", size-2, n)
}

// Laborious is Numbered where the server computes for milliseconds before each row.
func Laborious(n, size int) string {
	return Numbered(n, size) + " WHERE (SELECT count(*) FROM generate_series(g, g + 4000) AS w(i) WHERE i <> s.g) >= 0"
}

// Sleepy is a query of n rows, each larger than the 8 KB that the server gathers before it sends. Before the given one
// it sleeps for an hour, in which it can be cancelled.
func Sleepy(n, before int) string {
	return fmt.Sprintf("SELECT to_json(repeat('x', 9000) || "+
		"CASE WHEN g = %d THEN pg_sleep(3600)::text ELSE '' END) AS data FROM (SELECT generate_series(1, %d) AS g) s", before, n)
}

// Number is the number of a row of Numbered; -1 for another row.
func Number(row []byte) int {
	if len(row) < 3 {
		return -1
	}
	n := 0
	for _, digit := range row[1 : len(row)-1] {
		if digit < '0' || digit > '9' {
			return -1
		}
		n = 10*n + int(digit-'0')
	}
	return n
}
