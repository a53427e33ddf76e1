package httpstream_test

import (
	"net/http"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/httpstream"
)

func TestNegotiate(t *testing.T) {
	const none = httpstream.Format(0)
	tests := []struct {
		accept []string
		want   httpstream.Format
	}{
		{nil, httpstream.NDJSON},
		{[]string{""}, httpstream.NDJSON},
		{[]string{"*/*"}, httpstream.NDJSON},
		{[]string{"application/*"}, httpstream.NDJSON},
		{[]string{"text/*"}, httpstream.SSE},
		{[]string{"application/x-ndjson"}, httpstream.NDJSON},
		{[]string{"application/jsonl"}, httpstream.NDJSON},
		{[]string{"Application/JSON; charset=utf-8"}, httpstream.Array},
		{[]string{"text/event-stream"}, httpstream.SSE},
		{[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, httpstream.NDJSON},
		{[]string{"application/json, text/plain, */*"}, httpstream.Array},
		{[]string{"application/json;q=0.5, text/event-stream;q=0.7"}, httpstream.SSE},
		{[]string{"application/json;q=0.5", "text/event-stream;q=0.7"}, httpstream.SSE},
		{[]string{"*/*, application/x-ndjson;q=0"}, httpstream.Array},
		{[]string{"application/*;q=0.2, application/json;q=0.1"}, httpstream.NDJSON},
		{[]string{"text/event-stream;q=0.001"}, httpstream.SSE},
		{[]string{"image/png, ;;;, application/json"}, httpstream.Array},

		{[]string{"image/png"}, none},
		{[]string{"garbage"}, none},
		{[]string{"application/json;q=0"}, none},
		{[]string{"application/json;q=2"}, none},
		{[]string{"application/json;q=NaN"}, none},
		{[]string{"application/json;q=-1"}, none},
		{[]string{"*/*;q=0"}, none},
		{[]string{"application/jsonl;q=0, text/plain"}, none},
	}
	for _, tt := range tests {
		r := &http.Request{Header: http.Header{"Accept": tt.accept}}
		if got, ok := httpstream.Negotiate(r); got != tt.want || ok != (tt.want != none) {
			t.Errorf("Accept %q: %v, %v, want %v", tt.accept, got, ok, tt.want)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	f.Add("application/json;q=0.5, */*")
	f.Add("text/event-stream;q=\"1\",")
	f.Fuzz(func(t *testing.T, accept string) {
		r := &http.Request{Header: http.Header{"Accept": {accept}}}
		format, ok := httpstream.Negotiate(r)
		if ok == (format == 0) {
			t.Errorf("%v, %v", format, ok)
		}
		r.Header.Add("Accept", "image/png") // an unknown type, which changes the result only if the header is empty
		if again, _ := httpstream.Negotiate(r); again != format && again != 0 {
			t.Errorf("%v, and with a range that matches nothing %v", format, again)
		}
	})
}
