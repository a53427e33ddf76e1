package contestant

import (
	"github.com/jackc/pgx/v5"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// pgxDecoders read structs: by pgx's own Scan, and by each parser over RawValues.
func pgxDecoders() []Contestant {
	list := []Contestant{
		{"pgx-scan", "pgx Query, Scan into the struct", openPgx(pgxWay{read: pgxScanUser, leave: pgxDrain})},
	}
	for _, p := range parsers() {
		list = append(list, Contestant{"pgx+" + p.name, "pgx Query, RawValues, " + p.about,
			openPgx(pgxWay{read: pgxParseUser(p.unmarshal), leave: pgxDrain})})
	}
	return list
}

func pgxScanUser(rows pgx.Rows, watch *Watch) (t Tally, err error) {
	for rows.Next() {
		var user workload.User
		if err := rows.Scan(&user); err != nil {
			return t, err
		}
		t.decoded(&user)
		if watch.leaves(t.Rows) {
			return t, errLeft
		}
	}
	return t, nil
}

func pgxParseUser(unmarshal func([]byte, any) error) func(pgx.Rows, *Watch) (Tally, error) {
	return func(rows pgx.Rows, watch *Watch) (t Tally, err error) {
		for rows.Next() {
			var user workload.User
			if err := unmarshal(rows.RawValues()[0], &user); err != nil {
				return t, err
			}
			t.decoded(&user)
			if watch.leaves(t.Rows) {
				return t, errLeft
			}
		}
		return t, nil
	}
}
