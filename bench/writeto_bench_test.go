package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// BenchmarkWriteToSinks compares WriteTo with code that a program would write by hand: Next and a bufio.Writer of the
// same size, once with the search for line breaks that json rows need, once without. One op is a round: every side
// writes the same result once, into the same kind of writer. The rows come from memory, so that only the writing is
// measured. The figures are processor time per row of WriteTo, and its ratios to the others, each the median of the
// rounds.
//
// By hand, a row larger than the buffer is split: its first part is copied, the rest is written directly. WriteTo
// copies the whole row, for a Write of whole lines, unless the writer is a socket; with jsonb rows of 100 KB and more,
// into a writer that costs nothing, that copy is the entire cost.
//
//	go test -run '^$' -bench WriteToSinks -benchtime 15x ./bench
func BenchmarkWriteToSinks(b *testing.B) {
	for _, sink := range []string{"discard", "null", "pipe", "tcp", "unix"} {
		for _, size := range []int{120, 1 << 10, 10 << 10, 100 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("sink=%s/size=%d", sink, size), func(b *testing.B) { writeToRounds(b, sink, size) })
		}
	}
}

const writeToBytes = 32 << 20 // of one result

func writeToRounds(b *testing.B, sink string, size int) {
	side := func(name string, oneLine bool, write func(*stream.Stream, io.Writer) error) rounds.Side {
		return rounds.Side{Name: name, Run: func() error {
			w, finish := openSink(b, sink)
			s := openSlab(b, size, oneLine)
			err := write(s, w)
			finish()
			return err
		}}
	}
	sides := []rounds.Side{
		side("json", false, writeTo),
		side("json-by-hand", false, func(s *stream.Stream, w io.Writer) error { return byHand(s, w, true) }),
		side("jsonb", true, writeTo),
		side("jsonb-by-hand", true, func(s *stream.Stream, w io.Writer) error { return byHand(s, w, false) }),
	}
	b.ResetTimer()
	samples, err := rounds.Run(b.N, sides...)
	if err != nil {
		b.Fatal(err)
	}
	rows := float64(writeToBytes / size)
	b.ReportMetric(0, "ns/op") // for four sides together, so meaningless
	b.ReportMetric(float64(rounds.Median(samples[0], rounds.CPU))/rows, "json-ns/row")
	b.ReportMetric(float64(rounds.Median(samples[2], rounds.CPU))/rows, "jsonb-ns/row")
	b.ReportMetric(rounds.Ratio(samples[0], samples[1], rounds.CPU, 0.5), "json/by-hand")
	b.ReportMetric(rounds.Ratio(samples[2], samples[3], rounds.CPU, 0.5), "jsonb/by-hand")
}

func writeTo(s *stream.Stream, w io.Writer) error {
	_, err := s.WriteTo(w)
	return err
}

// byHand writes the rows as a program would.
func byHand(s *stream.Stream, w io.Writer, search bool) error {
	defer s.Close()
	lines := bufio.NewWriterSize(w, 64<<10)
	for s.Next() {
		row := s.Row()
		if search && (bytes.IndexByte(row, '\n') >= 0 || bytes.IndexByte(row, '\r') >= 0) {
			row = []byte(strings.NewReplacer("\n", " ", "\r", " ").Replace(string(row)))
		}
		_, _ = lines.Write(row) // Flush returns the same error
		_ = lines.WriteByte('\n')
	}
	if err := s.Err(); err != nil {
		return err
	}
	return lines.Flush()
}

// openSink opens a writer of a kind; finish waits until all of it was read.
func openSink(b *testing.B, kind string) (w io.Writer, finish func()) {
	b.Helper()
	switch kind {
	case "discard":
		return struct{ io.Writer }{io.Discard}, func() {}
	case "null":
		f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			b.Fatal(err)
		}
		return f, func() { _ = f.Close() }
	case "pipe":
		r, w, err := os.Pipe()
		if err != nil {
			b.Fatal(err)
		}
		return w, drained(r, w)
	}
	address := "127.0.0.1:0"
	if kind == "unix" {
		address = filepath.Join(b.TempDir(), "s")
	}
	listener, err := net.Listen(kind, address)
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial(kind, listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	return client, drained(server, client)
}

// drained reads r to its end, which it reaches once w is closed.
func drained(r io.ReadCloser, w io.Closer) (finish func()) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		buf := make([]byte, 256<<10)
		for {
			if _, err := r.Read(buf); err != nil {
				_ = r.Close()
				return
			}
		}
	}()
	return func() { _ = w.Close(); <-over }
}

// slab is a source whose rows follow one another in a read buffer, with the frame headers between them.
type slab struct {
	memory
	rows [][]byte
	left int
}

func openSlab(b *testing.B, size int, oneLine bool) *stream.Stream {
	b.Helper()
	const head, read = 11, 256 << 10
	s := &slab{left: writeToBytes / size}
	buf := make([]byte, max(read, size+head))
	text := []byte(`{"id": 1000001, "name": "user 1000001", "tags": ["a", "b"], "score": 1.25, "active": true}, `)
	for ; len(buf) >= size+head; buf = buf[size+head:] {
		row := buf[head : head+size : head+size]
		for n := 0; n < size; n += copy(row[n:], text) {
		}
		s.rows = append(s.rows, row)
	}
	set, err := stream.Configure(stream.WithReadAhead(stream.ReadAheadNever))
	if err != nil {
		b.Fatal(err)
	}
	result, _ := stream.New(b.Context(), s, set, feed.Env{Logger: quiet, Start: time.Now(), OneLine: oneLine})
	return result
}

func (s *slab) Fill(f *feed.Fill) {
	f.N = copy(f.Rows[:min(len(f.Rows), s.left)], s.rows)
	s.left -= f.N
	f.Bytes = f.N * len(s.rows[0])
	f.Read, f.Outcome, f.Err = f.Bytes, feed.Progress, nil
	if f.N == 0 {
		f.Outcome = feed.Ended
	}
}
