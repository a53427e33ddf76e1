package bench

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/inspect"
)

// crowd is how many streams run while they are inspected.
const crowd = 1000

// gather begins the streams of a crowd, which end with b.
func gather(b *testing.B) {
	b.Helper()
	for range crowd {
		s := open(b, &memory{row: document, chunk: 64, left: -1})
		b.Cleanup(func() { _ = s.Close() })
	}
}

// inspectOnce asks the inspector for a form of what runs.
func inspectOnce(ctx context.Context, page http.Handler, accept string) (status int) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, r)
	return answer.Code
}

// BenchmarkInspect is one request for what runs while a thousand streams do: the page, and the JSON that its script asks
// for every two seconds.
func BenchmarkInspect(b *testing.B) {
	gather(b)
	page := inspect.Handler(nil)
	for form, accept := range map[string]string{"html": "text/html", "json": "application/json"} {
		b.Run("streams=1000/form="+form, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if status := inspectOnce(b.Context(), page, accept); status != http.StatusOK {
					b.Fatal(status)
				}
			}
		})
	}
}
