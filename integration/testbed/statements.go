package testbed

import "fmt"

// Endless is a number of rows that no test ever reads. A server that is not stopped needs a quarter of an hour to send
// them, far longer than Patience.
const Endless = 1_000_000_000

// EndlessIntegers is a query whose result is small rows, "1", "2" and so on, practically without end.
const EndlessIntegers = "SELECT to_json(generate_series(1, 1000000000)) AS data"

// Documents returns a query for n small documents, {"id": 1} and so on.
func Documents(n int) string {
	return fmt.Sprintf("SELECT jsonb_build_object('id', g) AS data FROM generate_series(1, %d) g", n)
}

// Numbered returns a query for n rows of exactly size bytes: "0...01", "0...02" and so on. The server produces them one
// by one as it sends them; with a function in FROM, it would first run the function to its end.
func Numbered(n, size int) string {
	return fmt.Sprintf("SELECT to_jsonb(lpad(g::text, %d, '0')) AS data FROM (SELECT generate_series(1, %d) AS g) AS s",
		size-2, n)
}

// Unhurried is Numbered with a sleep of 20 ms before every hundredth row, so that even with many such queries the
// server has time for other requests.
func Unhurried(n, size int) string {
	return fmt.Sprintf("SELECT CASE WHEN g %% 100 > 0 OR pg_sleep(0.02) IS NOT NULL THEN to_jsonb(lpad(g::text, %d, '0')) END"+
		" AS data FROM (SELECT generate_series(1, %d) AS g) AS s", size-2, n)
}

// Laborious is Numbered with milliseconds of computation in the server before each row.
func Laborious(n, size int) string {
	return Numbered(n, size) + " WHERE (SELECT count(*) FROM generate_series(g, g + 4000) AS w(i) WHERE i <> s.g) >= 0"
}

// Sleepy returns a query for n rows, each larger than the 8 KB that the server collects before it sends. Before row
// number before it sleeps for an hour, during which it can be cancelled.
func Sleepy(n, before int) string {
	return fmt.Sprintf("SELECT to_json(repeat('x', 9000) || "+
		"CASE WHEN g = %d THEN pg_sleep(3600)::text ELSE '' END) AS data FROM (SELECT generate_series(1, %d) AS g) s", before, n)
}

// Number returns the number of a row of Numbered, or -1 for another row.
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
