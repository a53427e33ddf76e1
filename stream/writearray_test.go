package stream_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func TestWriteArray(t *testing.T) {
	t.Parallel()
	big := `"` + strings.Repeat("b", 200<<10) + `"`
	tests := map[string]struct {
		rows []string
		end  error
		want string
	}{
		"none":                  {nil, nil, `[]`},
		"one":                   {[]string{`{"a":1}`}, nil, `[{"a":1}]`},
		"many":                  {[]string{`1`, ``, `"x"`}, nil, `[1,null,"x"]`},
		"line breaks may stay":  {[]string{"{\n\"a\":1}", "2"}, nil, "[{\n\"a\":1},2]"},
		"large":                 {[]string{big, `1`, big, big, `2`}, nil, `[` + big + `,1,` + big + `,` + big + `,2]`},
		"error behind rows":     {[]string{`1`, `2`}, errServer, `[1,2`},
		"error before any rows": {nil, errServer, ``},
	}
	for name, tt := range tests {
		for kind, sink := range sinks {
			t.Run(name+" to "+kind, func(t *testing.T) {
				src := newFake()
				for _, r := range tt.rows {
					if r == "" {
						src.send(nil)
						continue
					}
					src.send([]byte(r))
				}
				src.finish(tt.end)
				s, _ := open(t, t.Context(), src)
				w, output := sink(t)
				n, err := s.WriteArray(w)
				got := output()
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("output (-want +got):\n%s", diff)
				}
				if n != int64(len(tt.want)) || !errors.Is(err, tt.end) {
					t.Errorf("%d bytes of %d, err %v, want %v", n, len(tt.want), err, tt.end)
				}
			})
		}
	}
}

// Rows of every size arrive as the elements of one array, in order.
func TestWriteArrayOfAMixture(t *testing.T) {
	t.Parallel()
	for kind, sink := range sinks {
		t.Run(kind, func(t *testing.T) {
			src := newFake()
			var want []string
			for i := range 300 {
				row := `"` + strings.Repeat(string(rune('a'+i%26)), []int{1, 100, 8 << 10, 64<<10 - 3, 64 << 10}[i%5]) + `"`
				want = append(want, strings.Trim(row, `"`))
				src.send([]byte(row))
			}
			src.finish(nil)
			s, _ := open(t, t.Context(), src)
			w, output := sink(t)
			if _, err := s.WriteArray(w); err != nil {
				t.Fatal(err)
			}
			var got []string
			if err := json.Unmarshal([]byte(output()), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("elements differ; first 200 bytes of the diff: %.200s", diff)
			}
		})
	}
}

// Rows that have arrived are written before the stream waits for the server; a writer that fails ends the query, and
// the array has no closing bracket.
func TestWriteArrayFlushesBeforeItWaits(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 2)...)
		s, _ := open(t, t.Context(), src, mode)
		sink := &lineSink{failAt: 2}
		go func() {
			time.Sleep(time.Minute)
			synctest.Wait()
			if sink.String() != `[{"n":0},{"n":1}` {
				t.Errorf("written before the wait: %q", sink.String())
			}
			src.send(rows(2, 1)...)
		}()
		n, err := s.WriteArray(sink)
		if n != 16 || !errors.Is(err, errNetwork) || sink.String() != `[{"n":0},{"n":1}` {
			t.Errorf("%d bytes, err %v, output %q", n, err, sink.String())
		}
		givenBack(t, src, "stop")
	})
}

// A huge row is not copied for any writer, and still arrives intact. The fake overwrites a row as soon as it is given
// back.
func TestWriteHugeRows(t *testing.T) {
	for form, write := range map[string]func(*stream.Stream, io.Writer) (int64, error){
		"lines": (*stream.Stream).WriteTo, "array": (*stream.Stream).WriteArray,
	} {
		inModesNamed(t, form, func(t *testing.T, mode stream.Option) {
			huge := bytes.Repeat([]byte("\n1"), 1<<20)
			src := newFake()
			src.send([]byte("1"), bytes.Clone(huge), bytes.Clone(huge[:1<<20]), []byte("2"), bytes.Clone(huge))
			src.finish(nil)
			s, _ := open(t, t.Context(), src, mode)
			var out bytes.Buffer
			n, err := write(s, &out)
			lines := []string{"1", strings.Repeat(" 1", 1<<20), strings.Repeat(" 1", 1<<19), "2", strings.Repeat(" 1", 1<<20)}
			want := strings.Join(lines, "\n") + "\n"
			if form == "array" {
				want = "[" + strings.ReplaceAll(strings.Join(lines, ","), " 1", "\n1") + "]"
			}
			if out.String() != want || n != int64(len(want)) || err != nil {
				t.Errorf("%d bytes, want %d; n %d, err %v", out.Len(), len(want), n, err)
			}
		})
	}
}
