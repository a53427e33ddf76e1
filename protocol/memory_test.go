//go:build !race && !invariants

package protocol_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// The numbers here hold in the builds that users run: checks allocate.

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A header that claims a gigabyte costs what was received, not what was claimed.
func TestClaimedLengthAllocatesNothing(t *testing.T) {
	const slack = 64 << 10 // the source, the reader, and the test itself
	header := "D\x3f\xff\xff\xff\x00\x01\x3f\xff\xff\xf5"
	for _, test := range []struct {
		name     string
		received int
		most     uint64
	}{
		{"the header only", 0, protocol.SmallSlab + slack},
		{"a kilobyte", 1 << 10, protocol.SmallSlab + slack},
		{"a megabyte", 1 << 20, 6<<20 + slack}, // every buffer on the way, the last one up to four times what came
	} {
		t.Run(test.name, func(t *testing.T) {
			src := io.MultiReader(strings.NewReader(header), strings.NewReader(strings.Repeat("x", test.received)))
			got := allocated(func() {
				r := protocol.NewReader(src, protocol.Limits{})
				for {
					if n, _, next, err := r.Rows(make([][]byte, 1), -1); n != 0 || next != protocol.NeedMore || err != nil {
						t.Fatal(n, next, err)
					}
					if _, err := r.More(); err == io.ErrUnexpectedEOF {
						break
					} else if err != nil {
						t.Fatal(err)
					}
				}
			})
			if got > test.most {
				t.Errorf("%d bytes allocated, want at most %d", got, test.most)
			}
		})
	}
}

// A length above the limit costs nothing at all.
func TestLimitAllocatesNothing(t *testing.T) {
	got := allocated(func() {
		r := protocol.NewReader(strings.NewReader("D\x7f\xff\xff\xff\x00\x01"), protocol.Limits{})
		if _, err := r.More(); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := r.Rows(make([][]byte, 1), -1); err == nil {
			t.Fatal("no error")
		}
	})
	if want := uint64(protocol.SmallSlab + 16<<10); got > want {
		t.Errorf("%d bytes allocated, want at most %d", got, want)
	}
}

// Once the slabs are there, neither rows nor fills nor give-backs allocate, however many slabs are in turn.
func TestNoAllocationPerRow(t *testing.T) {
	for _, test := range []struct {
		name string
		hold uint64
		read int
	}{
		{"pull", 0, 8192}, {"pull, large reads", 0, 1 << 20}, {"read-ahead", 1500, 8192}, {"read-ahead, large reads", 3000, 1 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := &endless{frame: appendRow(nil, strings.Repeat("x", 109)), size: test.read}
			r := protocol.NewReader(src, protocol.Limits{})
			dst := make([][]byte, 256)
			var total uint64
			fill := func() {
				for range 500 {
					n, _, next, err := r.Rows(dst, -1)
					if err != nil {
						t.Fatal(err)
					}
					if next == protocol.NeedMore {
						if _, err := r.More(); err != nil {
							t.Fatal(err)
						}
					}
					if total += uint64(n); total > test.hold {
						r.Free(total - test.hold)
					}
				}
			}
			fill()
			if got := testing.AllocsPerRun(10, fill); got != 0 {
				t.Errorf("%v allocations per 500 fills, want none", got)
			}
			if total < 100_000 {
				t.Errorf("only %d rows came", total)
			}
		})
	}
}

// A row above a slab costs its buffer once in a query, and the next query begins without it.
func TestLargeRowsShareABuffer(t *testing.T) {
	const size = 1 << 20
	src := &endless{frame: appendRow(nil, strings.Repeat("x", size)), size: size}
	r := protocol.NewReader(src, protocol.Limits{})
	dst := make([][]byte, 1)
	var total uint64
	one := func() {
		for {
			n, bytes, next, err := r.Rows(dst, -1)
			if err != nil || n == 1 && bytes != size {
				t.Fatal(n, bytes, err)
			}
			if n == 1 {
				total++
				r.Free(total)
				return
			}
			if next == protocol.NeedMore {
				if _, err := r.More(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	first := allocated(one)
	later := allocated(func() {
		for range 10 {
			one()
		}
	})
	if later > size {
		t.Errorf("ten rows of %d bytes have allocated %d bytes, and the first one %d", size, later, first)
	}
	r.NewQuery()
	total = 0
	if again := allocated(one); again < size {
		t.Errorf("the next query has a buffer of %d bytes from the last one", size)
	}
}

// What each query brings besides its rows.
func TestAllocationsPerQuery(t *testing.T) {
	var messages [][]byte
	for _, m := range []pgproto3.BackendMessage{
		&pgproto3.ParseComplete{}, &pgproto3.BindComplete{},
		&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{column("data", 114, 0)}},
		&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1000")}, &pgproto3.ReadyForQuery{TxStatus: 'I'},
	} {
		messages = append(messages, encodeBackend(t, m))
	}
	var d protocol.Decoder
	var out []byte
	args := [][]byte{[]byte("1")}
	got := testing.AllocsPerRun(100, func() {
		var err error
		if out, err = protocol.AppendQuery(out[:0], "select data from v_user where id = $1", args); err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			decoded, err := d.Decode(m[0], m[5:])
			if err != nil {
				t.Fatal(err)
			}
			switch decoded := decoded.(type) {
			case *pgproto3.RowDescription:
				err = protocol.CheckSchema(decoded)
			case *pgproto3.CommandComplete:
				if tag := protocol.ParseTag(decoded.CommandTag); tag.Verb != "SELECT" || tag.Count != 1000 {
					t.Fatal(tag)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if got != 0 {
		t.Errorf("%v allocations per query, want none", got)
	}
}
