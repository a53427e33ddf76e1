package synthetic

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

func TestParseRequest(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]request{
		"select data from synthetic -- rows=12 size=300": {rows: 12, size: 300},
		"SELECT 1":                              {rows: 1, size: workload.MinSize},
		"select x -- arrows=5 size=99999999999": {rows: 1, size: maxSize},
		"select x -- rows=99999999999999999999": {rows: 1, size: workload.MinSize},
		"":                                      {empty: true, rows: 1, size: workload.MinSize},
		"-- ping":                               {empty: true, rows: 1, size: workload.MinSize},
	} {
		if got := parseRequest(sql); got != want {
			t.Errorf("%q: %+v, want %+v", sql, got, want)
		}
	}
}
