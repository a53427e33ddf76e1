package protocol_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// shape is a way of using a Reader; every way must give the same rows and messages.
type shape struct{ small, large, budget, slots, hold int }

var shapes = []shape{
	{protocol.SmallSlab, protocol.LargeSlab, protocol.DefaultBudget, 64, 0},
	{protocol.SmallSlab, protocol.LargeSlab, protocol.DefaultBudget, 64, 1000},
	{32, 64, 4096, 64, 0},   // frames larger than any slab
	{32, 64, 256, 3, 2},     // a budget that is spent all the time
	{64, 128, 256, 1, 1000}, // rows given back only when there is no slab
	{128, 128, 4096, 7, 5},
}

func (s shape) check(t *testing.T, src io.Reader, want []event) {
	t.Helper()
	c := &consumer{
		r:     protocol.NewSmallReader(src, protocol.Limits{}, s.small, s.large, s.budget),
		slots: s.slots, hold: s.hold,
	}
	if err := c.run(t); err != io.EOF {
		t.Fatalf("the stream ended with %v, want io.EOF", err)
	}
	if diff := cmp.Diff(want, c.events); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if c.r.Held() != 0 || c.r.Buffered() != 0 {
		t.Fatalf("at the end %d bytes are held, %d are buffered", c.r.Held(), c.r.Buffered())
	}
}

func TestAnySplitGivesTheSameFrames(t *testing.T) {
	t.Parallel()
	stream, want := sample()
	for _, s := range shapes {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			t.Parallel()
			for at := range len(stream) + 1 {
				s.check(t, &source{rest: stream, sizes: []int{at, len(stream) - at}}, want)
				s.check(t, &source{rest: stream, sizes: []int{at, 0, len(stream) - at}}, want) // a timeout between
			}
			s.check(t, iotest.OneByteReader(bytes.NewReader(stream)), want)
			s.check(t, iotest.HalfReader(bytes.NewReader(stream)), want)
			s.check(t, iotest.DataErrReader(bytes.NewReader(stream)), want)
		})
	}
}

func TestRandomSplitsGiveTheSameFrames(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var stream []byte
		var want []event
		for range 1 + random.IntN(40) {
			body := string(bytes.Repeat([]byte{'a' + byte(random.IntN(26))}, random.IntN(1+1<<random.IntN(10))))
			if random.IntN(5) == 0 {
				stream = appendFrame(stream, 'S', body)
				want = append(want, event{Type: 'S', Data: body})
			} else {
				stream = appendRow(stream, body)
				want = append(want, event{Type: 'D', Data: body})
			}
		}
		var sizes []int
		for left := len(stream); left > 0; {
			n := random.IntN(1 + min(left, 1<<random.IntN(11)))
			sizes = append(sizes, n)
			left -= n
		}
		s := shapes[round%len(shapes)]
		s.hold = random.IntN(50)
		s.check(t, &source{rest: stream, sizes: sizes}, want)
	}
}

func TestCutStream(t *testing.T) {
	t.Parallel()
	stream, _ := sample()
	boundaries := map[int]bool{0: true}
	for at := 0; at < len(stream); {
		at += 1 + int(stream[at+3])<<8 + int(stream[at+4])
		boundaries[at] = true
	}
	for n := range stream {
		c := &consumer{r: protocol.NewReader(bytes.NewReader(stream[:n]), protocol.Limits{}), slots: 8}
		want := io.ErrUnexpectedEOF
		if boundaries[n] {
			want = io.EOF
		}
		if err := c.run(t); err != want {
			t.Fatalf("cut at %d: %v, want %v", n, err, want)
		}
	}
}

// The end is told rightly also to who reads ahead of the scan, and while a row is skipped.
func TestEndOfStream(t *testing.T) {
	t.Parallel()
	whole := appendRow(appendRow(nil, "1"), "2")
	for name, test := range map[string]struct {
		stream []byte
		skip   bool
		want   error
	}{
		"frames not scanned": {whole, false, io.EOF},
		"half a frame":       {whole[:len(whole)-1], false, io.ErrUnexpectedEOF},
		"half a header":      {whole[:len(whole)-9], false, io.ErrUnexpectedEOF},
		"skipped":            {whole, true, io.EOF},
		"half skipped":       {whole[:len(whole)-1], true, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := protocol.NewReader(bytes.NewReader(test.stream), protocol.Limits{})
			if _, err := r.More(); err != nil {
				t.Fatal(err)
			}
			if test.skip {
				if next, err := r.Skip(); next != protocol.NeedMore || err != nil {
					t.Fatal(next, err)
				}
			}
			if _, err := r.More(); err != test.want {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// brokenReader returns what a script says.
type brokenReader []struct {
	n   int
	err error
}

func (b *brokenReader) Read(p []byte) (int, error) {
	if len(*b) == 0 {
		return 0, nil
	}
	step := (*b)[0]
	*b = (*b)[1:]
	copy(p, "S\x00\x00\x00\x04")
	return step.n, step.err
}

func TestReadersThatBehaveOddly(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	t.Run("bytes and an error", func(t *testing.T) {
		t.Parallel()
		r := protocol.NewReader(&brokenReader{{5, broken}}, protocol.Limits{})
		if n, err := r.More(); n != 5 || err != nil {
			t.Fatalf("%d, %v, want the bytes first", n, err)
		}
		if typ, _, ok, err := r.Message(); typ != 'S' || !ok || err != nil {
			t.Fatalf("message %q, %t, %v", typ, ok, err)
		}
		if n, err := r.More(); n != 0 || err != broken {
			t.Fatalf("%d, %v, want the error that came with the bytes", n, err)
		}
	})
	t.Run("nothing for ever", func(t *testing.T) {
		t.Parallel()
		r := protocol.NewReader(&brokenReader{}, protocol.Limits{})
		for range 99 {
			if n, err := r.More(); n != 0 || err != nil {
				t.Fatal(n, err)
			}
		}
		if _, err := r.More(); err != io.ErrNoProgress {
			t.Fatalf("error %v, want io.ErrNoProgress", err)
		}
	})
	for _, n := range []int{-1, protocol.SmallSlab + 1} {
		t.Run(fmt.Sprintf("a count of %d", n), func(t *testing.T) {
			t.Parallel()
			r := protocol.NewReader(&brokenReader{{n, nil}}, protocol.Limits{})
			if got, err := r.More(); err == nil || got != 0 {
				t.Fatalf("%d, %v, want an error", got, err)
			}
		})
	}
}

func TestSetSource(t *testing.T) {
	t.Parallel()
	plain := append([]byte("S"), appendFrame(nil, 'Z', "I")...)
	r := protocol.NewReader(bytes.NewReader(plain), protocol.Limits{})
	if err := r.SetSource(bytes.NewReader(plain)); err != nil {
		t.Fatalf("nothing was read: %v", err)
	}
	if _, err := r.More(); err != nil {
		t.Fatal(err)
	}
	var wrong *werr.ProtocolError
	if err := r.SetSource(bytes.NewReader(nil)); !errors.As(err, &wrong) {
		t.Fatalf("bytes were read: error %v, want a ProtocolError", err)
	}
}
