package integration_test

import (
	"compress/gzip"
	"net/http"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// compress is a typical middleware: it compresses, flushes on request, and can be unwrapped.
func compress(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		out := &compressedWriter{w, gzip.NewWriter(w)}
		defer out.zip.Close()
		h.ServeHTTP(out, r)
	})
}

type compressedWriter struct {
	http.ResponseWriter
	zip *gzip.Writer
}

func (w *compressedWriter) Write(p []byte) (int, error) { return w.zip.Write(p) }

func (w *compressedWriter) FlushError() error {
	if err := w.zip.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *compressedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// With a middleware that compresses, rows arrive whole, and before the server sends the next one. The client of
// net/http requests compression by itself, and decompresses.
func TestHTTPStreamCompressed(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			if answer := checkFlushes(t, protocol, compress); !answer.Uncompressed {
				t.Errorf("the response was not compressed: %v", answer.Header)
			}
		})
	}
}

// A response that fails after its first row is aborted with that middleware, too.
func TestHTTPStreamCompressedBreaksOff(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		s := newWeb(t, protocol, breaksAtThree, httpstream.Options{}, compress)
		if answer, body, err := s.get(t, ""); err == nil {
			t.Errorf("%s: %d bytes are taken for the whole response", answer.Proto, len(body))
		}
		if err := <-s.served; testbed.SQLState(err) != "22012" {
			t.Error(err)
		}
	}
}
