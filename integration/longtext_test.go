package integration_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// A text above Config.MaxMessageSize is truncated without other effects: the SQLSTATE, the fields after the text and
// all rows arrive, and the connection is idle.
func TestLongTextsAreCut(t *testing.T) {
	t.Parallel()
	const function = `CREATE FUNCTION pg_temp.says(level text, n int, letter text) RETURNS json LANGUAGE plpgsql AS $$
		BEGIN
			IF level = 'notice' THEN
				RAISE NOTICE '%', repeat(letter, n) USING ERRCODE = 'P0987', DETAIL = repeat(letter, n), HINT = 'shorter';
			ELSE
				RAISE '%', repeat(letter, n) USING ERRCODE = 'P0987', DETAIL = repeat(letter, n), HINT = 'shorter';
			END IF;
			RETURN '1';
		END $$`
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		var notices []*werr.ServerError
		c := testbed.Connect(t, dsn, func(cfg *conn.Config) {
			cfg.RuntimeParams["client_min_messages"] = "notice"
			cfg.OnNotice = func(n *werr.ServerError) { notices = append(notices, n) }
		})
		pid := c.PID()
		testbed.Execute(t, c, function)
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			notices = nil
			const sql = "SELECT pg_temp.says('notice', %d, 'ä') AS data FROM generate_series(1, 3)"
			if n, err := testbed.Outcome(t, c, fmt.Sprintf(sql, 1<<20), mode.Option()); n != 3 || err != nil {
				t.Errorf("%d rows, then %v", n, err)
			}
			if len(notices) != 3 {
				t.Errorf("%d notices of 3", len(notices))
			}
			for _, n := range notices {
				checkCut(t, n)
			}
			n, err := testbed.Outcome(t, c, "SELECT pg_temp.says(CASE g WHEN 3 THEN 'error' ELSE 'none' END, 1048576, 'ä') AS data "+
				"FROM generate_series(1, 3) g", mode.Option())
			var refused *werr.ServerError
			if n > 2 || !errors.As(err, &refused) {
				t.Fatalf("%d rows, then %v", n, err)
			}
			checkCut(t, refused)
			testbed.Usable(t, c, pid)
		})
	})
}

// checkCut checks an error or a notice with two texts of 2 MiB.
func checkCut(t *testing.T, e *werr.ServerError) {
	t.Helper()
	if e.Code != "P0987" || e.Hint != "shorter" || e.Routine == "" {
		t.Errorf("SQLSTATE %q, hint %q, routine %q", e.Code, e.Hint, e.Routine)
	}
	for name, text := range map[string]string{"message": e.Message, "detail": e.Detail} {
		if len(text) < 1000 || len(text) > protocol.DefaultMessageLimit || !utf8.ValidString(text) ||
			strings.Trim(text, "ä") != "" {
			t.Errorf("the %s has %d bytes", name, len(text))
		}
	}
}
