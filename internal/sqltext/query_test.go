package sqltext

import "testing"

func TestIsQuery(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]bool{
		"SELECT data FROM v_user": true,
		"select 1":                true,
		"  -- first\n /* then */ WITH x AS (SELECT 1) TABLE x": true,
		"((SELECT 1) UNION (SELECT 2))":                        true,
		"VALUES (1)":                                           true,
		"TABLE t":                                              true,
		"INSERT INTO t VALUES (1) RETURNING data":              true,
		"explain analyze select 1":                             true,
		"CALL p('{}')":                                         false,
		"call p()":                                             false,
		"/* SELECT */ CALL p()":                                false,
		"-- SELECT\nDO 'BEGIN COMMIT; END'":                    false,
		"COMMIT":                                               false,
		"VACUUM":                                               false,
		"SELECTED":                                             false,
		`"select" 1`:                                           false,
		"'select'":                                             false,
		";":                                                    false,
		"":                                                     false,
		"(":                                                    false,
		"/* SELECT":                                            false,
	} {
		if got := IsQuery(sql); got != want {
			t.Errorf("%q: %t, want %t", sql, got, want)
		}
	}
}
