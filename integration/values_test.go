package integration_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// SQL NULL is a row like any other: Row is nil, and the decoded value stays zero. The JSON null is a document.
func TestNullRows(t *testing.T) {
	t.Parallel()
	const sql = "SELECT v::json AS data FROM unnest(ARRAY['1', NULL, 'null', NULL, '2']) v"
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			c := testbed.Connect(t, dsn)
			var got []string
			s := testbed.Query(t, c, sql, mode.Option())
			for s.Next() {
				if s.Row() == nil {
					got = append(got, "NULL")
					continue
				}
				got = append(got, string(s.Row()))
			}
			if diff := cmp.Diff([]string{"1", "NULL", "null", "NULL", "2"}, got); diff != "" || s.Err() != nil {
				t.Errorf("%v; rows (-want +got):\n%s", s.Err(), diff)
			}
			one, two := 1, 2
			pointers, err := stream.Collect[*int](testbed.Query(t, c, sql, mode.Option()))
			if diff := cmp.Diff([]*int{&one, nil, nil, nil, &two}, pointers); diff != "" || err != nil {
				t.Errorf("%v; decoded (-want +got):\n%s", err, diff)
			}
			var text strings.Builder
			if _, err := testbed.Query(t, c, sql, mode.Option()).WriteTo(&text); err != nil || text.String() != "1\nnull\nnull\nnull\n2\n" {
				t.Errorf("WriteTo: %q, %v", &text, err)
			}
		})
	})
}

func TestEmptyResult(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			c := testbed.Connect(t, dsn)
			for _, opts := range [][]stream.Option{{mode.Option()}, {mode.Option(), stream.WithSimpleProtocol()}} {
				n, err := testbed.Outcome(t, c, "SELECT to_json(g) AS data FROM generate_series(1, 0) g", opts...)
				if n != 0 || err != nil {
					t.Errorf("%d rows, then %v", n, err)
				}
				testbed.Usable(t, c, c.PID())
			}
		})
	})
}

func TestIterators(t *testing.T) {
	t.Parallel()
	type document struct {
		ID int `json:"id"`
	}
	c := testbed.Connect(t, testbed.DSN(t))
	all, err := stream.Collect[document](testbed.Query(t, c, testbed.Documents(1000)))
	if err != nil || len(all) != 1000 || all[999].ID != 1000 {
		t.Errorf("Collect: %d rows, then %v", len(all), err)
	}
	n := 0
	for row, err := range testbed.Query(t, c, testbed.EndlessIntegers).All() {
		if n++; err != nil || string(row) != fmt.Sprint(n) {
			t.Fatalf("row %d is %s, %v", n, row, err)
		}
		if n == 500 {
			break
		}
	}
	testbed.Usable(t, c, c.PID())
	for _, err := range stream.Decode[document](testbed.Query(t, c, `SELECT '{"id": "x"}'::json AS data`)) {
		if werr.CategoryOf(err) != werr.CategoryDecode {
			t.Errorf("Decode: %v", err)
		}
	}
	testbed.Usable(t, c, c.PID())
	kept := 0
	oneDigit := func(row json.RawMessage) bool { return len(row) == len(`{"id": 1}`) }
	s := testbed.Query(t, c, testbed.Documents(1000), stream.WithFilter(oneDigit), stream.WithValidation())
	for s.Next() {
		kept++
	}
	if st := s.Stats(); kept != 9 || st.TotalRowsFiltered != 991 || s.Err() != nil {
		t.Errorf("%d rows kept, stats %+v, %v", kept, st, s.Err())
	}
}

// Notices and parameter reports between the rows do not affect them.
func TestNoticesBetweenRows(t *testing.T) {
	t.Parallel()
	const n = 500
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			var notices []*werr.ServerError // appended to by the reading goroutine; read after the end
			c := testbed.Connect(t, dsn, func(cfg *conn.Config) {
				cfg.OnNotice = func(n *werr.ServerError) { notices = append(notices, n) }
			})
			testbed.Execute(t, c, `CREATE FUNCTION pg_temp.say(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
				RAISE NOTICE 'at %', i USING HINT = 'go on', ERRCODE = '01234';
				PERFORM set_config('application_name', 'wire ' || i, false);
				RETURN i; END $$`)
			s := testbed.Query(t, c, fmt.Sprintf("SELECT to_json(pg_temp.say(generate_series(1, %d))) AS data", n), mode.Option())
			for i := 1; s.Next(); i++ {
				if string(s.Row()) != fmt.Sprint(i) {
					t.Fatalf("row %d is %s", i, s.Row())
				}
			}
			if err := s.Err(); err != nil || s.Stats().TotalRowsYielded != n {
				t.Fatalf("%d rows, then %v", s.Stats().TotalRowsYielded, err)
			}
			if len(notices) != n {
				t.Fatalf("%d notices of %d", len(notices), n)
			}
			for i, got := range notices {
				want := fmt.Sprintf("NOTICE 01234 at %d go on", i+1)
				if text := got.Severity + " " + got.Code + " " + got.Message + " " + got.Hint; text != want {
					t.Fatalf("notice %d is %+v, want %s", i+1, got, want)
				}
			}
			if got := c.ServerParameter("application_name"); got != fmt.Sprintf("wire %d", n) {
				t.Errorf("application_name is reported as %q", got)
			}
		})
	})
}
