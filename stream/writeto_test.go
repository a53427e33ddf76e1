package stream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// mixture returns rows of every size that WriteTo treats differently, and the lines that they must become.
func mixture(n int) (rows [][]byte, lines string) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	sizes := []int{1, 2, 1000, 8<<10 - 1, 8 << 10, 20_000, 64<<10 - 2, 64<<10 - 1, 64 << 10, 64<<10 + 1, 150_000}
	var want strings.Builder
	for i := range n {
		size := 120
		if i%4 == 0 || i%64 > 50 {
			size = sizes[rng.IntN(len(sizes))]
		}
		row := bytes.Repeat([]byte{byte('a' + i%26)}, size)
		for range rng.IntN(4) {
			row[rng.IntN(len(row))] = "\r\n"[rng.IntN(2)]
		}
		switch rng.IntN(20) {
		case 0:
			row = nil
			want.WriteString("null")
		case 1:
			row = []byte{}
		}
		want.WriteString(strings.NewReplacer("\r", " ", "\n", " ").Replace(string(row)) + "\n")
		rows = append(rows, row)
	}
	return rows, want.String()
}

// sinks are kinds of writers; output closes the writer, and returns everything written to it.
var sinks = map[string]func(t *testing.T) (w io.Writer, output func() string){
	"buffer": func(*testing.T) (io.Writer, func() string) {
		w := &lineSink{}
		return w, w.String
	},
	"tcp": func(t *testing.T) (io.Writer, func() string) { return socket(t, "tcp", "127.0.0.1:0") },
	"unix": func(t *testing.T) (io.Writer, func() string) {
		return socket(t, "unix", filepath.Join(t.TempDir(), "s"))
	},
}

func socket(t *testing.T, network, address string) (io.Writer, func() string) {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial(network, listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan string, 1)
	go func() {
		got, _ := io.ReadAll(server)
		_ = server.Close()
		all <- string(got)
	}()
	return client, func() string { _ = client.Close(); return <-all }
}

// The output is the same for all sizes of rows, ring and chunk, and all kinds of writers. The fake overwrites a row as
// soon as it is given back, so a row written too late is detected.
func TestWriteToEveryWay(t *testing.T) {
	t.Parallel()
	for sinkName, sink := range sinks {
		for modeName, mode := range modes {
			for _, capacity := range []int{1, 16, 1024} {
				t.Run(fmt.Sprintf("%s/%s/%d", sinkName, modeName, capacity), func(t *testing.T) {
					t.Parallel()
					docs, want := mixture(150)
					var size uint64
					for _, d := range docs {
						size += uint64(len(d))
					}
					src := newFake()
					src.send(docs...)
					src.finish(nil)
					s, _ := open(t, t.Context(), src, stream.WithReadAhead(mode), stream.WithCapacity(capacity))
					w, output := sink(t)
					n, err := s.WriteTo(w)
					if got := output(); got != want || n != int64(len(want)) || err != nil {
						t.Errorf("n %d, err %v, output of %d bytes, want %d", n, err, len(got), len(want))
					}
					st := s.Stats()
					if st.TotalRowsYielded != uint64(len(docs)) || st.TotalBytes != size || st.ItemsBuffered != 0 {
						t.Errorf("statistics: %v; want %d rows, %d bytes", st, len(docs), size)
					}
					if over, violations := src.state(); over != "done" || len(violations) > 0 {
						t.Errorf("source given back by %q; violations: %q", over, violations)
					}
				})
			}
		}
	}
}

func TestWriteToWithFilterAndValidation(t *testing.T) {
	t.Parallel()
	for name, sink := range sinks {
		for modeName, mode := range modes {
			t.Run(name+"/"+modeName, func(t *testing.T) {
				t.Parallel()
				src := newFake()
				var want strings.Builder
				for i := range 200 {
					row := doc(100 + 100*(i%150))
					if src.send(row); len(row)%200 == 0 {
						want.Write(row)
						want.WriteByte('\n')
					}
				}
				src.send([]byte("{"), doc(10))
				even := func(r jsonRaw) bool { return len(r)%200 == 0 }
				s, _ := open(t, t.Context(), src, stream.WithReadAhead(mode), stream.WithFilter(even),
					stream.WithValidation(), stream.WithCapacity(16))
				w, output := sink(t)
				_, err := s.WriteTo(w)
				var wrong *werr.DecodeError
				if !errors.As(err, &wrong) || wrong.Row != 201 {
					t.Errorf("err %v", err)
				}
				if got := output(); got != want.String() {
					t.Errorf("output of %d bytes, want %d", len(got), want.Len())
				}
				if st := s.Stats(); st.TotalRowsYielded != 100 || st.TotalRowsFiltered != 100 {
					t.Errorf("statistics: %v", st)
				}
			})
		}
	}
}

// WriteTo counts the same in the metrics as taking the rows with Next.
func TestRecordOfWriteTo(t *testing.T) {
	metrics := map[string]map[string]float64{}
	for name, read := range map[string]func(*stream.Stream){
		"next":    func(s *stream.Stream) { readAll(s) },
		"writeto": func(s *stream.Stream) { _, _ = s.WriteTo(io.Discard) },
	} {
		t.Run(name, func(t *testing.T) {
			m := measure(t, t.Context(), stream.WithReadAhead(stream.ReadAheadNever), stream.WithChunkRows(100))
			m.src.send(rows(0, 1000)...)
			m.src.finish(nil)
			read(m.Stream)
			_ = m.Close()
			metrics[name] = m.metrics()
			for k := range metrics[name] {
				if strings.Contains(k, "_ms") {
					delete(metrics[name], k)
				}
			}
			m.check(t, map[string]float64{
				`rows_processed_total,status="ok"`: 1000, `query_completed_total,status="success"`: 1,
				"channel_occupancy_rows_count": 1001, // one poll for each row, and the one that finds the end
			})
		})
	}
	if diff := cmp.Diff(metrics["next"], metrics["writeto"]); diff != "" {
		t.Errorf("metrics (-next +writeto):\n%s", diff)
	}
}

// stopSink stops the stream inside its first Write.
type stopSink struct {
	lineSink
	stop func()
}

func (s *stopSink) Write(p []byte) (int, error) {
	if s.writes == 0 {
		s.stop()
	}
	return s.lineSink.Write(p)
}

// A stream that is cancelled while a Write blocks hands out no further row: what was taken is written, and no more.
func TestWriteToStopsWhenCancelled(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(docs(2000, 100)...)
		s, _ := open(t, t.Context(), src, mode, stream.WithCapacity(4096))
		sink := &stopSink{stop: func() { _ = s.CancelTimeout(time.Second) }}
		n, err := s.WriteTo(sink)
		if !errors.Is(err, werr.ErrCancelled) || n != int64(sink.Len()) || sink.partial {
			t.Errorf("%d bytes, %d written, err %v, partial lines %v", n, sink.Len(), err, sink.partial)
		}
		if got, want := uint64(sink.Len()/101), s.Stats().TotalRowsYielded; got != want || got > 650 {
			t.Errorf("%d rows written, %d yielded; a Write holds 648", got, want)
		}
		givenBack(t, src, "stop")
	})
}

// Rows that are known to be single lines are not searched.
func TestWriteToOfRowsWithoutLineBreaks(t *testing.T) {
	t.Parallel()
	for name, sink := range sinks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := stream.Configure()
			if err != nil {
				t.Fatal(err)
			}
			src := newFake()
			src.send([]byte("[1]"), nil, []byte("[\r]"), doc(20_000), []byte("[2]"))
			src.finish(nil)
			env := feed.Env{Logger: slog.New(slog.DiscardHandler), Start: time.Now(), OneLine: true}
			s, _ := stream.New(t.Context(), src, set, env)
			w, output := sink(t)
			n, err := s.WriteTo(w)
			want := "[1]\nnull\n[\r]\n" + string(doc(20_000)) + "\n[2]\n"
			if got := output(); got != want || n != int64(len(want)) || err != nil {
				t.Errorf("n %d, err %v, output %.40q of %d bytes, want %d", n, err, got, len(got), len(want))
			}
		})
	}
}

// A connection that breaks ends the query; the bytes written before are counted.
func TestWriteToABrokenSocket(t *testing.T) {
	t.Parallel()
	src := newFake()
	src.send(docs(10, 100_000)...)
	s, _ := open(t, t.Context(), src)
	w, _ := socket(t, "tcp", "127.0.0.1:0")
	_ = w.(net.Conn).Close()
	if n, err := s.WriteTo(w); n != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("%d bytes, err %v", n, err)
	}
	if over, violations := src.state(); over != "stop" || len(violations) > 0 {
		t.Errorf("source given back by %q; violations: %q", over, violations)
	}
}

// limited ends after a given number of rows.
type limited struct {
	synchronous
	left int
}

func (l *limited) Fill(f *feed.Fill) {
	f.Rows = f.Rows[:min(len(f.Rows), l.left)]
	l.synchronous.Fill(f)
	if l.left -= f.N; f.N == 0 {
		f.Outcome = feed.Ended
	}
}

// Ten times as many rows cost no more allocations, even if each row is larger than the buffer.
func TestWriteToDoesNotAllocate(t *testing.T) {
	for name, size := range map[string]int{"small": 100, "large": 10_000, "very large": 100_000} {
		t.Run(name, func(t *testing.T) {
			run := func(rows int) float64 {
				return testing.AllocsPerRun(3, func() {
					s, _ := open(t, t.Context(), &limited{synchronous{doc(size)}, rows}, stream.WithReadAhead(stream.ReadAheadNever))
					if n, err := s.WriteTo(io.Discard); n != int64(rows*(size+1)) || err != nil {
						t.Fatalf("%d bytes, err %v", n, err)
					}
				})
			}
			few, many := run(20), run(200)
			if many > few+20 { // sync.Pool may drop buffers at any time, and does so at random under the race detector
				t.Errorf("%v allocations for 20 rows, %v for 200", few, many)
			}
		})
	}
}
