package conn

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/internal/sqltext"
)

// TestTextsFindTheSameAgain checks that what is remembered is what was found, and belongs to that text only.
func TestTextsFindTheSameAgain(t *testing.T) {
	t.Parallel()
	want := map[string]*text{
		"SELECT data FROM v_user":                            {Statement: sqltext.Statement{Entity: "user"}, query: true},
		"SELECT data FROM v_user WHERE id = $1":              {Statement: sqltext.Statement{Entity: "user", Where: true}, query: true},
		"SELECT data FROM tv_post ORDER BY id":               {Statement: sqltext.Statement{Entity: "post", OrderBy: true}, query: true},
		"CALL p()":                                           {},
		"SELECT '" + strings.Repeat("x", maxText) + "' AS d": {query: true},
	}
	var texts texts
	for range 2 {
		for sql, found := range want {
			if diff := cmp.Diff(found, texts.look(sql), cmp.AllowUnexported(text{})); diff != "" {
				t.Errorf("%.60s (-want +got):\n%s", sql, diff)
			}
		}
	}
}

// TestTextsAreBounded checks that texts that do not recur, and long ones, are not kept.
func TestTextsAreBounded(t *testing.T) {
	t.Parallel()
	var texts texts
	for i := range 10 * maxTexts {
		texts.look(fmt.Sprintf("SELECT data FROM v_user WHERE id = %d", i))
		texts.look(strings.Repeat(" ", maxText) + fmt.Sprint(i))
	}
	bytes := 0
	for sql := range texts.known {
		bytes += len(sql)
	}
	if n := len(texts.known); n > maxTexts || bytes > maxTexts*maxText {
		t.Errorf("%d texts of %d bytes are kept, want at most %d", n, bytes, maxTexts)
	}
}

// BenchmarkText compares analyzing a statement with remembering it.
func BenchmarkText(b *testing.B) {
	for _, columns := range []int{0, 5, 50} {
		sql := "SELECT jsonb_build_object(" + strings.Repeat("'name', u.name, ", columns) +
			"'id', u.id) AS data FROM v_user u WHERE u.tenant = $1 ORDER BY u.id"
		b.Run(fmt.Sprintf("size=%d/known=no", len(sql)), func(b *testing.B) {
			for b.Loop() {
				lookThrough(sql)
			}
		})
		b.Run(fmt.Sprintf("size=%d/known=yes", len(sql)), func(b *testing.B) {
			var texts texts
			for b.Loop() {
				texts.look(sql)
			}
		})
	}
}
