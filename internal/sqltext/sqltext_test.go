package sqltext

import (
	"strings"
	"testing"
)

// described has statements and their descriptions.
var described = []struct {
	name string
	sql  string
	want Statement
}{
	{"nothing", "", Statement{}},
	{"view", "SELECT data FROM v_user", Statement{Entity: "user"}},
	{"table", "SELECT data FROM tv_user", Statement{Entity: "user"}},
	{"no entity", "SELECT data FROM users WHERE true ORDER BY 1", Statement{Where: true, OrderBy: true}},
	{"prefix alone", "select data from v_", Statement{}},
	{"prefix inside", "select data from my_v_user", Statement{}},
	{"any case", "sElEcT data fRoM V_User wHeRe true OrDeR bY 1", Statement{Entity: "user", Where: true, OrderBy: true}},
	{"semicolon", "select data from v_user;", Statement{Entity: "user"}},
	{"schema", "select data from public.v_user", Statement{Entity: "user"}},
	{"database and schema", "select data from db . public\n.v_user u", Statement{Entity: "user"}},
	{"schema like an entity", "select data from v_schema.users", Statement{}},
	{"quoted", `select data from "v_User"`, Statement{Entity: "User"}},
	{"quoted with quotes", `select data from "v_a""b"`, Statement{Entity: `a"b`}},
	{"quoted schema", `select data from "my schema"."v_user"`, Statement{Entity: "user"}},
	{"quoted, capital prefix", `select data from "V_user"`, Statement{}},
	{"unicode name", "select data from v_Ünit", Statement{Entity: "Ünit"}},
	{"first of two", "select data from v_a, v_b", Statement{Entity: "a"}},
	{"first that matches", "select data from (select data from users) u, lateral (select 1 from v_b) b",
		Statement{Entity: "b"}},
	{"subquery", "select data from (select data from v_user where id = 1) u", Statement{Entity: "user", Where: true}},
	{"parentheses", "select data from (v_user u join v_b on true)", Statement{Entity: "user"}},
	{"only", "select data from only (v_user)", Statement{Entity: "user"}},
	{"with", "with u as (select 1 from tv_user order by 1) select data from u", Statement{Entity: "user", OrderBy: true}},
	{"function argument", "select extract(year from v_date) as data from v_user", Statement{Entity: "user"}},
	{"distinct from", "select a is distinct from v_x as data from v_user", Statement{Entity: "user"}},
	{"comment before the name", "select data from/**/v_user--\nwhere true", Statement{Entity: "user", Where: true}},
	{"comment in order by", "select data from v_user order--\n by 1", Statement{Entity: "user", OrderBy: true}},
	{"order alone", "select data as order from v_user group by by", Statement{Entity: "user"}},
	{"group by", "select data from v_user group by data", Statement{Entity: "user"}},
	{"words as names", "select t.Where, 1 as where, u . from, x as order from v_user t", Statement{Entity: "user"}},
	{"longer words", "select data from v_user where_ order_by nowhere", Statement{Entity: "user"}},
	{"in a string", "select ' from v_x where ''order by ' as data from v_user", Statement{Entity: "user"}},
	{"backslash ends a string", `select '\' as data from v_user where true --'`, Statement{Entity: "user", Where: true}},
	{"escape string", `select e'\' where ''' as data from v_user`, Statement{Entity: "user"}},
	{"escape string, doubled backslash", `select E'\\' as data from v_user where true`,
		Statement{Entity: "user", Where: true}},
	{"escape string on two lines", "select E'a'\n '\\' where' as data from v_user", Statement{Entity: "user"}},
	{"escape string, no second line", `select E'a' '\' as data from v_user where true --'`,
		Statement{Entity: "user", Where: true}},
	{"bit string", "select b'01' as data from v_user where true", Statement{Entity: "user", Where: true}},
	{"dollar string", "select $$ where ' $$ as data from v_user", Statement{Entity: "user"}},
	{"tagged dollar string", "select $a1$ where $$ order by $a$ $a1$ as data from v_user", Statement{Entity: "user"}},
	{"parameters", "select data from v_user where a = $1 and b=$2", Statement{Entity: "user", Where: true}},
	{"dollar in a name", "select a$$b as data from v_user where c$$d", Statement{Entity: "user", Where: true}},
	{"quoted keyword", `select "where" as data from v_user "order by"`, Statement{Entity: "user"}},
	{"line comment", "select data from v_user -- where\n/**/", Statement{Entity: "user"}},
	{"nested comment", "select data from v_user /* /* */ where */", Statement{Entity: "user"}},
	{"nested comment, closed", "select data from v_user /* /* */ */ where true", Statement{Entity: "user", Where: true}},
	{"comment sign in an operator", "select 1 +/* where */ 2 as data from v_user", Statement{Entity: "user"}},
	{"unclosed string", "select data from v_user 'where", Statement{Entity: "user"}},
	{"unclosed name", `select data from "v_user where`, Statement{Entity: "user where"}},
	{"unclosed dollar string", "select data from v_user $a$ where $$ ", Statement{Entity: "user"}},
	{"unclosed comment", "select data from v_user /* /* where */", Statement{Entity: "user"}},
	{"window", "select row_number() over (order by a) as data from v_user", Statement{Entity: "user", OrderBy: true}},
	{"name of the greatest length", "select data from v_" + strings.Repeat("a", 70),
		Statement{Entity: strings.Repeat("a", 61)}},
	{"name cut between characters", "select data from v_" + strings.Repeat("é", 40),
		Statement{Entity: strings.Repeat("é", 30)}},
	{"unbalanced", ")))) select data from v_user", Statement{Entity: "user"}},
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	for _, tc := range described {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := Describe(tc.sql); got != tc.want {
				t.Errorf("Describe(%q) = %+v, want %+v", tc.sql, got, tc.want)
			}
		})
	}
}

// TestDescribeIsBounded checks that the end of a huge statement is ignored, and that a name that is cut off there does
// not become an entity.
func TestDescribeIsBounded(t *testing.T) {
	t.Parallel()
	const head = "select data from v_user /*"
	near := head + strings.Repeat(" ", maxDescribed-len(head)-len("*/ where ")) + "*/ where "
	if got := Describe(near + strings.Repeat("x", 1<<20)); !got.Where {
		t.Errorf("WHERE before the bound was not seen: %+v", got)
	}
	if got := Describe("  " + near + " true order by 1"); got.Where || got.OrderBy {
		t.Errorf("WHERE after the bound was seen: %+v", got)
	}
	cut := "select /*"
	cut += strings.Repeat(" ", maxDescribed-len(cut)-len("*/ from v_us")) + "*/ from v_user"
	if got := Describe(cut); got.Entity != "" {
		t.Errorf("entity %q was cut", got.Entity)
	}
}

func TestDescribeAllocatesNothing(t *testing.T) {
	const sql = `select /* c */ $$a$$, E'\'' from public.v_user where a = $1 order by "b"`
	if n := testing.AllocsPerRun(100, func() { Describe(sql) }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// FuzzDescribe checks that nothing is found in a comment or in quotes, and that the entity is a part of the statement.
func FuzzDescribe(f *testing.F) {
	f.Add("select data from v_user where a = 'x' order by 1")
	f.Add(`select E'\'', $t$ $t$ from "v_a""b" -- ; /* */`)
	f.Add("/* /* */ $$ ' \" ( select from tv_x")
	inComment := strings.NewReplacer("/*", "", "*/", "", "*", "", "/", "")
	f.Fuzz(func(t *testing.T, sql string) {
		got := Describe(sql)
		if len(got.Entity) > maxEntity {
			t.Errorf("entity of %d bytes", len(got.Entity))
		}
		for name, hidden := range map[string]string{
			"comment":      "/*" + inComment.Replace(sql) + "*/",
			"line comment": "--" + strings.NewReplacer("\r", "", "\n", "").Replace(sql),
			"string":       "'" + strings.ReplaceAll(sql, "'", "''") + "'",
			"escapes":      "E'" + strings.NewReplacer("'", `\'`, `\`, `\\`).Replace(sql) + "'",
			"name":         `"` + strings.ReplaceAll(sql, `"`, `""`) + `"`,
			"dollars":      "$quote$" + strings.ReplaceAll(sql, "$quote$", "") + "$q$$quote$",
		} {
			if got := Describe(hidden); got != (Statement{}) {
				t.Errorf("in a %s, %q: %+v", name, hidden, got)
			}
		}
	})
}
