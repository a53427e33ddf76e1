package conn

import (
	"strings"
	"testing"
)

// described has what describe finds in statements.
var described = []struct {
	name string
	sql  string
	want statement
}{
	{"nothing", "", statement{}},
	{"view", "SELECT data FROM v_user", statement{entity: "user"}},
	{"table", "SELECT data FROM tv_user", statement{entity: "user"}},
	{"no entity", "SELECT data FROM users WHERE true ORDER BY 1", statement{where: true, orderBy: true}},
	{"prefix alone", "select data from v_", statement{}},
	{"prefix inside", "select data from my_v_user", statement{}},
	{"any case", "sElEcT data fRoM V_User wHeRe true OrDeR bY 1", statement{entity: "user", where: true, orderBy: true}},
	{"semicolon", "select data from v_user;", statement{entity: "user"}},
	{"schema", "select data from public.v_user", statement{entity: "user"}},
	{"database and schema", "select data from db . public\n.v_user u", statement{entity: "user"}},
	{"schema like an entity", "select data from v_schema.users", statement{}},
	{"quoted", `select data from "v_User"`, statement{entity: "User"}},
	{"quoted with quotes", `select data from "v_a""b"`, statement{entity: `a"b`}},
	{"quoted schema", `select data from "my schema"."v_user"`, statement{entity: "user"}},
	{"quoted, capital prefix", `select data from "V_user"`, statement{}},
	{"unicode name", "select data from v_Ünit", statement{entity: "Ünit"}},
	{"first of two", "select data from v_a, v_b", statement{entity: "a"}},
	{"first that fits", "select data from (select data from users) u, lateral (select 1 from v_b) b",
		statement{entity: "b"}},
	{"subquery", "select data from (select data from v_user where id = 1) u", statement{entity: "user", where: true}},
	{"parentheses", "select data from (v_user u join v_b on true)", statement{entity: "user"}},
	{"only", "select data from only (v_user)", statement{entity: "user"}},
	{"with", "with u as (select 1 from tv_user order by 1) select data from u", statement{entity: "user", orderBy: true}},
	{"function argument", "select extract(year from v_date) as data from v_user", statement{entity: "user"}},
	{"distinct from", "select a is distinct from v_x as data from v_user", statement{entity: "user"}},
	{"comment in front of the name", "select data from/**/v_user--\nwhere true", statement{entity: "user", where: true}},
	{"comment in order by", "select data from v_user order--\n by 1", statement{entity: "user", orderBy: true}},
	{"order alone", "select data as order from v_user group by by", statement{entity: "user"}},
	{"group by", "select data from v_user group by data", statement{entity: "user"}},
	{"words as names", "select t.where, 1 as where, u . from, x as order from v_user t", statement{entity: "user"}},
	{"longer words", "select data from v_user where_ order_by nowhere", statement{entity: "user"}},
	{"in a string", "select ' from v_x where ''order by ' as data from v_user", statement{entity: "user"}},
	{"backslash ends a string", `select '\' as data from v_user where true --'`, statement{entity: "user", where: true}},
	{"escape string", `select e'\' where ''' as data from v_user`, statement{entity: "user"}},
	{"escape string, doubled backslash", `select E'\\' as data from v_user where true`,
		statement{entity: "user", where: true}},
	{"escape string on two lines", "select E'a'\n '\\' where' as data from v_user", statement{entity: "user"}},
	{"escape string, no second line", `select E'a' '\' as data from v_user where true --'`,
		statement{entity: "user", where: true}},
	{"bit string", "select b'01' as data from v_user where true", statement{entity: "user", where: true}},
	{"dollar string", "select $$ where ' $$ as data from v_user", statement{entity: "user"}},
	{"tagged dollar string", "select $a1$ where $$ order by $a$ $a1$ as data from v_user", statement{entity: "user"}},
	{"parameters", "select data from v_user where a = $1 and b=$2", statement{entity: "user", where: true}},
	{"dollar in a name", "select a$$b as data from v_user where c$$d", statement{entity: "user", where: true}},
	{"quoted keyword", `select "where" as data from v_user "order by"`, statement{entity: "user"}},
	{"line comment", "select data from v_user -- where\n/**/", statement{entity: "user"}},
	{"nested comment", "select data from v_user /* /* */ where */", statement{entity: "user"}},
	{"nested comment, left", "select data from v_user /* /* */ */ where true", statement{entity: "user", where: true}},
	{"comment sign in an operator", "select 1 +/* where */ 2 as data from v_user", statement{entity: "user"}},
	{"open string", "select data from v_user 'where", statement{entity: "user"}},
	{"open name", `select data from "v_user where`, statement{entity: "user where"}},
	{"open dollar string", "select data from v_user $a$ where $$ ", statement{entity: "user"}},
	{"open comment", "select data from v_user /* /* where */", statement{entity: "user"}},
	{"window", "select row_number() over (order by a) as data from v_user", statement{entity: "user", orderBy: true}},
	{"name as long as can be", "select data from v_" + strings.Repeat("a", 70),
		statement{entity: strings.Repeat("a", 61)}},
	{"name cut between characters", "select data from v_" + strings.Repeat("é", 40),
		statement{entity: strings.Repeat("é", 30)}},
	{"unbalanced", ")))) select data from v_user", statement{entity: "user"}},
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	for _, tc := range described {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := describe(tc.sql); got != tc.want {
				t.Errorf("describe(%q) = %+v, want %+v", tc.sql, got, tc.want)
			}
		})
	}
}

// TestDescribeIsBounded keeps a huge statement cheap, and a name that the bound cuts out of the metrics.
func TestDescribeIsBounded(t *testing.T) {
	t.Parallel()
	const head = "select data from v_user /*"
	near := head + strings.Repeat(" ", maxDescribed-len(head)-len("*/ where ")) + "*/ where "
	if got := describe(near + strings.Repeat("x", 1<<20)); !got.where {
		t.Errorf("WHERE before the bound was not seen: %+v", got)
	}
	if got := describe("  " + near + " true order by 1"); got.where || got.orderBy {
		t.Errorf("WHERE behind the bound was seen: %+v", got)
	}
	cut := "select /*"
	cut += strings.Repeat(" ", maxDescribed-len(cut)-len("*/ from v_us")) + "*/ from v_user"
	if got := describe(cut); got.entity != "" {
		t.Errorf("entity %q was cut", got.entity)
	}
}

func TestDescribeAllocatesNothing(t *testing.T) {
	const sql = `select /* c */ $$a$$, E'\'' from public.v_user where a = $1 order by "b"`
	if n := testing.AllocsPerRun(100, func() { describe(sql) }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// FuzzDescribe: nothing is found in a comment or in quotes, whatever stands there, and what is found is a part of the
// statement.
func FuzzDescribe(f *testing.F) {
	f.Add("select data from v_user where a = 'x' order by 1")
	f.Add(`select E'\'', $t$ $t$ from "v_a""b" -- ; /* */`)
	f.Add("/* /* */ $$ ' \" ( select from tv_x")
	inComment := strings.NewReplacer("/*", "", "*/", "", "*", "", "/", "")
	f.Fuzz(func(t *testing.T, sql string) {
		got := describe(sql)
		if len(got.entity) > maxEntity {
			t.Errorf("entity of %d bytes", len(got.entity))
		}
		for name, hidden := range map[string]string{
			"comment":      "/*" + inComment.Replace(sql) + "*/",
			"line comment": "--" + strings.NewReplacer("\r", "", "\n", "").Replace(sql),
			"string":       "'" + strings.ReplaceAll(sql, "'", "''") + "'",
			"escapes":      "E'" + strings.NewReplacer("'", `\'`, `\`, `\\`).Replace(sql) + "'",
			"name":         `"` + strings.ReplaceAll(sql, `"`, `""`) + `"`,
			"dollars":      "$quote$" + strings.ReplaceAll(sql, "$quote$", "") + "$q$$quote$",
		} {
			if got := describe(hidden); got != (statement{}) {
				t.Errorf("in a %s, %q: %+v", name, hidden, got)
			}
		}
	})
}
