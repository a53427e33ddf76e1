package stream_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// modes lists the read-ahead modes, in all of which a stream must behave the same.
var modes = map[string]stream.ReadAhead{
	"default": stream.ReadAheadAuto,
	"pull":    stream.ReadAheadNever,
	"always":  stream.ReadAheadAlways,
}

// open starts a stream over src.
func open(t testing.TB, ctx context.Context, src feed.Source, opts ...stream.Option) (*stream.Stream, feed.Handle) {
	t.Helper()
	set, err := stream.Configure(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return stream.New(ctx, src, set, feed.Env{
		Metrics: wiremetrics.ForEntity("test"),
		Logger:  slog.New(slog.DiscardHandler),
		Start:   time.Now(),
	})
}

// readAll takes every row, as strings; NULL is "<null>".
func readAll(s *stream.Stream) []string {
	var got []string
	for s.Next() {
		if s.Row() == nil {
			got = append(got, "<null>")
			continue
		}
		got = append(got, string(s.Row()))
	}
	return got
}
