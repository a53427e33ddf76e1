package protocol_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// appendFrame appends a frame of any type.
func appendFrame(dst []byte, typ byte, body string) []byte {
	dst = append(dst, typ)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(body)+4))
	return append(dst, body...)
}

// appendRow appends a DataRow with one value.
func appendRow(dst []byte, value string) []byte {
	dst = append(dst, 'D')
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)+10))
	dst = append(dst, 0, 1)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)))
	return append(dst, value...)
}

// nullRow is a DataRow that is SQL NULL.
const nullRow = "D\x00\x00\x00\x0a\x00\x01\xff\xff\xff\xff"

// source gives bytes in reads of the given sizes, then in reads as large as asked for. Where a size is 0, the read is a
// timeout. After the bytes comes end, io.EOF unless set.
type source struct {
	rest  []byte
	sizes []int
	reads int // calls of Read
	end   error
}

func (s *source) Read(p []byte) (int, error) {
	s.reads++
	n := len(p)
	if len(s.sizes) > 0 {
		n = min(n, s.sizes[0])
		if s.sizes[0] -= n; n == 0 || s.sizes[0] == 0 {
			s.sizes = s.sizes[1:]
		}
		if n == 0 {
			return 0, os.ErrDeadlineExceeded
		}
	}
	if len(s.rest) == 0 {
		if s.end != nil {
			return 0, s.end
		}
		return 0, io.EOF
	}
	n = copy(p[:n], s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// event is one thing that a Reader handed out.
type event struct {
	Type byte
	Null bool
	Data string
}

// consumer scans a Reader to its end as a program would, and holds on to rows: up to hold of them are not given back.
type consumer struct {
	r      *protocol.Reader
	slots  int // of the destination of each Rows
	hold   int
	rows   [][]byte // in hand
	events []event
	taken  uint64
}

// run returns the error that ended the stream.
func (c *consumer) run(t *testing.T) error {
	t.Helper()
	dst := make([][]byte, c.slots)
	for {
		n, size, next, err := c.r.Rows(dst, -1)
		c.take(t, dst[:n], size)
		if err != nil {
			return err
		}
		switch next {
		case protocol.DstFull:
			continue
		case protocol.Message:
			typ, body, ok, err := c.r.Message()
			if !ok || err != nil {
				t.Fatalf("Rows said a message is in front; Message: %t, %v", ok, err)
			}
			c.events = append(c.events, event{Type: typ, Data: string(body)})
			continue
		}
		_, err = c.r.More()
		switch {
		case errors.Is(err, protocol.ErrNoSlab):
			if len(c.rows) == 0 {
				t.Fatal("no slab, and every row was given back")
			}
			c.giveBack(t, len(c.rows))
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			c.giveBack(t, len(c.rows))
			return err
		}
	}
}

// take notes the rows, and gives back those above hold.
func (c *consumer) take(t *testing.T, rows [][]byte, size int) {
	t.Helper()
	for _, row := range rows {
		c.events = append(c.events, event{Type: 'D', Null: row == nil, Data: string(row)})
		c.rows = append(c.rows, row)
		size -= len(row)
		if cap(row) != len(row) {
			t.Errorf("row of %d bytes has a capacity of %d", len(row), cap(row))
		}
	}
	if size != 0 {
		t.Errorf("the sum of the rows' sizes is off by %d", size)
	}
	if n := len(c.rows) - c.hold; n > 0 {
		c.giveBack(t, n)
	}
}

// giveBack checks that the oldest n rows are still as they were, and gives them back.
func (c *consumer) giveBack(t *testing.T, n int) {
	t.Helper()
	first := 0 // index among events of the first row in hand
	for i, rows := len(c.events), len(c.rows); rows > 0; {
		i--
		if c.events[i].Type == 'D' {
			rows--
			first = i
		}
	}
	for i, row := range c.rows[:n] {
		for c.events[first].Type != 'D' {
			first++
		}
		if want := c.events[first].Data; string(row) != want {
			t.Fatalf("row %d in hand changed from %.40q to %.40q", i, want, row)
		}
		first++
	}
	c.rows = c.rows[n:]
	c.taken += uint64(n)
	c.r.Free(c.taken)
}

// sample is a stream with everything in it, and what it should come to.
func sample() (stream []byte, want []event) {
	row := func(value string) {
		stream = appendRow(stream, value)
		want = append(want, event{Type: 'D', Data: value})
	}
	message := func(typ byte, body string) {
		stream = appendFrame(stream, typ, body)
		want = append(want, event{Type: typ, Data: body})
	}
	message('1', "")
	message('T', "\x00\x01data\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x72\xff\xff\xff\xff\xff\xff\x00\x00")
	row(`{"a":1}`)
	row(``)
	stream = append(stream, nullRow...)
	want = append(want, event{Type: 'D', Null: true})
	message('N', "SNOTICE\x00\x00")
	row(`{"b":"` + string(bytes.Repeat([]byte("x"), 90)) + `"}`)
	row(`2`)
	message('S', "TimeZone\x00UTC\x00")
	for i := range 20 {
		row(fmt.Sprintf(`{"id":%d}`, i))
	}
	message('C', "SELECT 25\x00")
	message('Z', "I")
	return stream, want
}
