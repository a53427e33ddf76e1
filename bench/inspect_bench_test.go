package bench

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/inspect"
)

// crowd is how many streams are running during the inspection.
const crowd = 1000

// gather starts a crowd of streams, which end with b.
func gather(b *testing.B) {
	b.Helper()
	for range crowd {
		s := open(b, &memory{row: document, chunk: 64, left: -1})
		b.Cleanup(func() { _ = s.Close() })
	}
}

// inspectOnce requests the running streams from the inspector in one form.
func inspectOnce(ctx context.Context, page http.Handler, accept string) (status int) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, r)
	return answer.Code
}

// BenchmarkInspect measures one request while a thousand streams are running: for the page, and for the JSON that its
// script requests every two seconds.
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
