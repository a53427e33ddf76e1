package synthetic

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// maxSize is the largest size of a document, in bytes.
const maxSize = 64 << 20

// request holds what a statement asks for.
type request struct {
	empty bool // no SELECT: sent by a ping
	rows  int64
	size  int
}

var setting = regexp.MustCompile(`\b(rows|size)=([0-9]+)`)

// parseRequest finds rows=N and size=N in sql. The defaults are one row, and the smallest size.
func parseRequest(sql string) request {
	r := request{empty: !strings.Contains(strings.ToLower(sql), "select"), rows: 1, size: workload.MinSize}
	for _, m := range setting.FindAllStringSubmatch(sql, -1) {
		n, err := strconv.ParseInt(m[2], 10, 64)
		switch {
		case err != nil:
		case m[1] == "rows":
			r.rows = n
		default:
			r.size = int(min(n, maxSize))
		}
	}
	return r
}
