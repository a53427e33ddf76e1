package conn

import (
	"slices"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// Every keyword that is accepted sets something in a Config, or is known not to.
func TestSettingsCoverTheKeywords(t *testing.T) {
	t.Parallel()
	elsewhere := []string{
		"service", "servicefile", "host", "hostaddr", "port", // read by dsn and by setHosts
		"sslcompression", "krbsrvname", "gsslib", "gssdelegation", // ignored
	}
	byKeyword := map[string]setting{}
	for _, s := range settings {
		if _, known := dsn.Lookup(s.keyword); !known {
			t.Errorf("%s is no keyword", s.keyword)
		}
		if _, twice := byKeyword[s.keyword]; twice {
			t.Errorf("%s stands twice", s.keyword)
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
