package stream_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func TestAllClosesOnBreak(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 10)...)
		s, _ := open(t, t.Context(), src, mode)
		for row, err := range s.All() {
			if string(row) != `{"n":0}` || err != nil {
				t.Errorf("row %q, err %v", row, err)
			}
			break
		}
		if s.State() != stream.Completed {
			t.Errorf("state %v", s.State())
		}
		givenBack(t, src, "stop")
	})
}

func TestAllYieldsTheErrorLast(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 2)...)
		src.finish(errServer)
		s, _ := open(t, t.Context(), src, mode)
		var got []string
		for row, err := range s.All() {
			got = append(got, string(row))
			if (err != nil) != (len(got) == 3) {
				t.Errorf("element %d: %v", len(got), err)
			}
		}
		if len(got) != 3 || !errors.Is(s.Err(), errServer) {
			t.Errorf("elements %q, err %v", got, s.Err())
		}
	})
}

type item struct {
	N int `json:"n"`
}

func TestCollectAndDecode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		collect := func(docs ...[]byte) ([]*item, error) {
			src := newFake()
			src.send(docs...)
			src.finish(nil)
			s, _ := open(t, t.Context(), src)
			return stream.Collect[*item](s)
		}
		got, err := collect([]byte(`{"n":1}`), nil, []byte(`{"n":3}`))
		if diff := cmp.Diff([]*item{{1}, nil, {3}}, got); diff != "" || err != nil {
			t.Errorf("err %v, items (-want +got):\n%s", err, diff)
		}
		got, err = collect([]byte(`{"n":1}`), []byte(`{"n":"x"}`), []byte(`{"n":3}`))
		var wrong *werr.DecodeError
		if len(got) != 1 || !errors.As(err, &wrong) || wrong.Row != 2 {
			t.Errorf("%d items, err %v", len(got), err)
		}
	})
}

// A row that cannot be decoded does not fail the stream: the loop may go on.
func TestDecodeGoesOnAfterARowThatDoesNotFit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := newFake()
		src.send([]byte(`{"n":1}`), []byte(`[]`), []byte(`{"n":3}`))
		src.finish(nil)
		s, _ := open(t, t.Context(), src)
		var got []int
		for v, err := range stream.Decode[item](s) {
			if err != nil {
				v.N = -1
			}
			got = append(got, v.N)
		}
		if diff := cmp.Diff([]int{1, -1, 3}, got); diff != "" || s.Err() != nil {
			t.Errorf("err %v, items (-want +got):\n%s", s.Err(), diff)
		}
	})
}

func TestUnmarshalOption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := newFake()
		src.send([]byte("anything"))
		src.finish(nil)
		s, _ := open(t, t.Context(), src, stream.WithUnmarshal(func(b []byte, dst any) error {
			*dst.(*string) = "<" + string(b) + ">"
			return nil
		}))
		got, err := stream.Collect[string](s)
		if diff := cmp.Diff([]string{"<anything>"}, got); diff != "" || err != nil {
			t.Errorf("err %v, items (-want +got):\n%s", err, diff)
		}
	})
}

func TestWriteTo(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		big := doc(200 << 10)
		src.send([]byte("{\"a\":\r\n 1,\n\"b\":2}"), nil, []byte(`"x\ny"`), big)
		src.finish(errServer)
		s, _ := open(t, t.Context(), src, mode)
		var out bytes.Buffer
		n, err := s.WriteTo(&out)
		want := "{\"a\":   1, \"b\":2}\nnull\n\"x\\ny\"\n" + string(doc(200<<10)) + "\n"
		if out.String() != want || n != int64(len(want)) || !errors.Is(err, errServer) {
			t.Errorf("%d bytes, err %v, output of %d bytes, want %d", n, err, out.Len(), len(want))
		}
		givenBack(t, src, "done")
	})
}

// lineSink counts the writes, and fails at one.
type lineSink struct {
	bytes.Buffer
	writes, failAt int
	partial        bool
}

func (l *lineSink) Write(p []byte) (int, error) {
	l.writes++
	l.partial = l.partial || p[len(p)-1] != '\n'
	if l.writes == l.failAt {
		return 0, errNetwork
	}
	return l.Buffer.Write(p)
}

// Rows that have arrived are written, in whole lines, before the stream waits for the server; a writer that fails ends
// the query.
func TestWriteToFlushesBeforeItWaits(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 3)...)
		s, _ := open(t, t.Context(), src, mode)
		sink := &lineSink{failAt: 2}
		go func() {
			time.Sleep(time.Minute)
			synctest.Wait()
			if sink.String() != "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n" {
				t.Errorf("written before the wait: %q", sink.String())
			}
			src.send(rows(3, 1)...)
		}()
		n, err := s.WriteTo(sink)
		if n != 24 || !errors.Is(err, errNetwork) || sink.partial {
			t.Errorf("%d bytes, err %v, partial lines %v", n, err, sink.partial)
		}
		givenBack(t, src, "stop")
	})
}

func TestFilter(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 10)...)
		src.finish(nil)
		odd := func(r []byte) bool { return (r[5]-'0')%2 == 1 }
		s, _ := open(t, t.Context(), src, mode, stream.WithFilter(func(r jsonRaw) bool { return odd(r) }))
		if diff := cmp.Diff([]string{`{"n":1}`, `{"n":3}`, `{"n":5}`, `{"n":7}`, `{"n":9}`}, readAll(s)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if st := s.Stats(); st.TotalRowsYielded != 5 || st.TotalRowsFiltered != 5 || st.TotalBytes != 35 {
			t.Errorf("statistics: %v", st)
		}
	})
}

func TestValidation(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{"not JSON": `{"a":`, "two documents": `1 2`, "not UTF-8": "\"\xff\"", "empty": ""} {
		inModesNamed(t, name, func(t *testing.T, mode stream.Option) {
			src := newFake()
			src.send([]byte(`1`), nil, []byte(bad), []byte(`2`))
			s, _ := open(t, t.Context(), src, mode, stream.WithValidation())
			n := len(readAll(s))
			var wrong *werr.DecodeError
			if n != 2 || !errors.As(s.Err(), &wrong) || wrong.Row != 3 {
				t.Errorf("%d rows, err %v", n, s.Err())
			}
			if st := s.Stats(); st.TotalRowsYielded != 2 || st.TotalBytes != 1 {
				t.Errorf("statistics with an invalid row: %v", st)
			}
			_ = s.Close()
			givenBack(t, src, "stop")
		})
	}
}
