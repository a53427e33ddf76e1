package conn

import (
	"slices"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// Every accepted keyword sets something in a Config, except for the known ones that do not.
func TestSettingsCoverTheKeywords(t *testing.T) {
	t.Parallel()
	elsewhere := []string{
		"service", "servicefile", "host", "hostaddr", "port", // handled by dsn and by setHosts
		"sslcompression", "krbsrvname", "gsslib", "gssdelegation", // ignored
	}
	byKeyword := map[string]setting{}
	for _, s := range settings {
		if _, known := dsn.Lookup(s.keyword); !known {
			t.Errorf("%s is not a keyword", s.keyword)
		}
		if _, twice := byKeyword[s.keyword]; twice {
			t.Errorf("%s occurs twice", s.keyword)
		}
		byKeyword[s.keyword] = s
	}
	for _, k := range dsn.Keywords() {
		set := byKeyword[k.Name].set != nil
		if want := k.Refused == "" && !slices.Contains(elsewhere, k.Name); set != want {
			t.Errorf("%s is set: %t, want %t", k.Name, set, want)
		}
	}
}
