package protocol_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// endless repeats a frame for ever and gives up to size bytes a read.
type endless struct {
	frame []byte
	at    int
	size  int
}

func (e *endless) Read(p []byte) (int, error) {
	p = p[:min(len(p), e.size)]
	for n := 0; n < len(p); {
		c := copy(p[n:], e.frame[e.at:])
		n += c
		e.at = (e.at + c) % len(e.frame)
	}
	return len(p), nil
}

// more is one More that must bring bytes.
func more(t testing.TB, r *protocol.Reader) {
	t.Helper()
	if n, err := r.More(); n == 0 || err != nil {
		t.Fatalf("More: %d, %v", n, err)
	}
}

// rows is one Rows that must put n rows.
func rows(t testing.TB, r *protocol.Reader, n int) [][]byte {
	t.Helper()
	dst := make([][]byte, n)
	if got, _, next, err := r.Rows(dst, -1); got != n || err != nil {
		t.Fatalf("Rows: %d, %v, %v; want %d rows", got, next, err, n)
	}
	return dst
}

// Pull: all rows are given back before each read. One slab serves for ever, from its start.
func TestOneSlabServesPull(t *testing.T) {
	t.Parallel()
	r := protocol.NewReader(&endless{frame: appendRow(nil, strings.Repeat("x", 100)), size: 8192}, protocol.Limits{})
	dst := make([][]byte, 1024)
	var total uint64
	first := (*byte)(nil)
	for range 100 {
		more(t, r)
		n, _, _, err := r.Rows(dst, -1)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = &dst[0][0]
		} else if &dst[0][0] != first {
			t.Fatal("with everything given back, a read did not begin at the slab's start")
		}
		total += uint64(n)
		r.Free(total)
		if got := r.Capacity(); got != protocol.SmallSlab {
			t.Fatalf("%d bytes are kept, want one slab of %d", got, protocol.SmallSlab)
		}
	}
}

// Read-ahead: rows are held, several slabs are in use, and those given back are used again.
func TestSlabsAreReused(t *testing.T) {
	t.Parallel()
	const frame, hold = 1024, 500
	r := protocol.NewReader(&endless{frame: appendRow(nil, strings.Repeat("x", frame-11)), size: 1 << 20}, protocol.Limits{})
	dst := make([][]byte, 2048)
	var total uint64
	peak := 0
	for total < 1<<16 {
		more(t, r)
		n, _, _, err := r.Rows(dst, -1)
		if err != nil {
			t.Fatal(err)
		}
		total += uint64(n)
		if total > hold {
			r.Free(total - hold)
		}
		peak = max(peak, r.Capacity())
		if held := r.Held(); held > peak {
			t.Fatalf("%d bytes are held, more than the %d there are", held, peak)
		}
	}
	// The rows held lie in at most four slabs (one begun, two whole, one read into), and one more is spare.
	if peak > 5*protocol.LargeSlab {
		t.Errorf("up to %d bytes were kept for %d bytes of rows in use", peak, hold*frame)
	}
	r.Free(total)
	r.NewQuery()
	if got := r.Capacity(); got > 2*protocol.LargeSlab {
		t.Errorf("%d bytes are kept between two queries", got)
	}
}

// Many reads running that fill a small slab make the next ones large; a few, or small ones, do not.
func TestSlabsGrowWithReads(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ size, full, want int }{ // every full-th read is smaller
		{8192, 100, protocol.SmallSlab},
		{protocol.SmallSlab, protocol.GrowAfter, protocol.SmallSlab},
		{protocol.SmallSlab, protocol.GrowAfter + 1, protocol.LargeSlab},
	} {
		src := &endless{frame: appendRow(nil, "x")}
		r := protocol.NewReader(src, protocol.Limits{})
		dst := make([][]byte, 100_000)
		for n, total := 1, uint64(0); n <= 100; n++ {
			src.size = test.size
			if n%test.full == 0 {
				src.size = 100
			}
			more(t, r)
			rows, _, _, _ := r.Rows(dst, -1)
			total += uint64(rows)
			r.Free(total)
		}
		if got := r.Capacity(); got != test.want {
			t.Errorf("%d reads running of %d bytes: slabs of %d bytes, want %d", test.full-1, test.size, got, test.want)
		}
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	r := protocol.NewReader(&endless{frame: appendRow(nil, strings.Repeat("x", 1013)), size: 1 << 20}, protocol.Limits{})
	if r.Budget() != protocol.DefaultBudget {
		t.Errorf("budget %d, want %d", r.Budget(), protocol.DefaultBudget)
	}
	r.SetBudget(1)
	if r.Budget() != protocol.MinBudget {
		t.Errorf("budget %d, want the least, %d", r.Budget(), protocol.MinBudget)
	}
	r.SetBudget(1 << 20)
	dst := make([][]byte, 4096)
	var total uint64
	var err error
	for {
		if _, err = r.More(); err != nil {
			break
		}
		n, _, _, err := r.Rows(dst, -1)
		if err != nil {
			t.Fatal(err)
		}
		total += uint64(n)
	}
	if !errors.Is(err, protocol.ErrNoSlab) {
		t.Fatalf("error %v, want ErrNoSlab", err)
	}
	if held := r.Held(); held > r.Budget() || held < r.Budget()*3/4 {
		t.Errorf("%d bytes held of %d when no slab is left", held, r.Budget())
	}
	if _, err := r.More(); !errors.Is(err, protocol.ErrNoSlab) {
		t.Fatalf("again: error %v, want ErrNoSlab", err)
	}
	r.Free(total / 2)
	more(t, r)
	n, _, _, err := r.Rows(dst, -1)
	if err != nil {
		t.Fatal(err)
	}
	r.Free(total + uint64(n))
	r.Free(1) // a number that is late changes nothing
	more(t, r)
	if held := r.Held(); held > 2*protocol.LargeSlab {
		t.Errorf("%d bytes held with every row given back", held)
	}
}

// A row larger than the whole budget is read once all rows before it are given back, and its buffer is dropped.
func TestBigRow(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 5<<20)
	stream := appendRow(nil, "before")
	stream = appendRow(stream, big)
	stream = appendRow(stream, "after")
	r := protocol.NewReader(bytes.NewReader(stream), protocol.Limits{})
	r.SetBudget(1 << 20)
	more(t, r)
	before := rows(t, r, 1)
	var err error
	for err == nil {
		_, err = r.More()
		if n, _, next, err := r.Rows(make([][]byte, 1), -1); n != 0 || next != protocol.NeedMore || err != nil {
			t.Fatalf("%d rows, %v, %v before the big one is there", n, next, err)
		}
	}
	if !errors.Is(err, protocol.ErrNoSlab) || r.Held() > r.Budget() {
		t.Fatalf("error %v with %d bytes held, want ErrNoSlab within the budget", err, r.Held())
	}
	if string(before[0]) != "before" {
		t.Fatalf("the row in hand became %q", before[0])
	}
	r.Free(1)
	row := make([][]byte, 1)
	err = nil
	for n := 0; n == 0; n, _, _, err = r.Rows(row, -1) {
		if err != nil {
			t.Fatal(err)
		}
		more(t, r)
	}
	if string(row[0]) != big {
		t.Fatal("the big row is not what was sent")
	}
	if _, err := r.More(); !errors.Is(err, protocol.ErrNoSlab) {
		t.Fatalf("error %v while the big row is in use, want ErrNoSlab", err)
	}
	r.Free(2)
	more(t, r)
	if after := rows(t, r, 1); string(after[0]) != "after" {
		t.Fatalf("row %q after the big one", after[0])
	}
	if got := r.Capacity(); got > 2*protocol.LargeSlab {
		t.Errorf("%d bytes are kept after a big row", got)
	}
}

// A message larger than a slab is one body, and leaves nothing behind.
func TestBigMessage(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("m", 3*protocol.LargeSlab)
	stream := appendFrame(appendRow(nil, "row"), 'N', body)
	stream = appendFrame(stream, 'Z', "I")
	r := protocol.NewReader(bytes.NewReader(stream), protocol.Limits{})
	more(t, r)
	held := rows(t, r, 1)
	for {
		typ, got, ok, err := r.Message()
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			if typ != 'N' || string(got) != body {
				t.Fatalf("message %q of %d bytes", typ, len(got))
			}
			break
		}
		more(t, r)
	}
	more(t, r)
	if typ, _, ok, err := r.Message(); typ != 'Z' || !ok || err != nil {
		t.Fatalf("message %q, %t, %v", typ, ok, err)
	}
	if string(held[0]) != "row" {
		t.Errorf("the row in hand became %q", held[0])
	}
	if got := r.Capacity(); got > 2*protocol.LargeSlab {
		t.Errorf("%d bytes are kept after a big message", got)
	}
}

func TestAbandonKeepsRows(t *testing.T) {
	t.Parallel()
	value := func(i int) string { return fmt.Sprintf(`{"n":%d,"pad":%q}`, i, strings.Repeat("p", 997)) }
	var stream []byte
	for i := range 600 {
		stream = appendRow(stream, value(i))
	}
	big := strings.Repeat("b", 2*protocol.LargeSlab)
	stream = appendRow(stream, big)
	stream = appendRow(stream, "next")
	r := protocol.NewReader(bytes.NewReader(stream), protocol.Limits{})
	var kept [][]byte
	for len(kept) < 500 {
		more(t, r)
		dst := make([][]byte, 500-len(kept))
		n, _, _, err := r.Rows(dst, -1)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, dst[:n]...)
	}
	r.Free(100)
	r.Abandon()
	if r.Held() != r.Buffered() {
		t.Errorf("%d bytes are held, %d of them are the unscanned tail", r.Held(), r.Buffered())
	}
	r.Free(500) // the consumer may still settle; it changes nothing
	r.NewQuery()

	var after []string
	for len(after) < 102 {
		dst := make([][]byte, 10)
		n, _, _, err := r.Rows(dst, -1)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range dst[:n] {
			after = append(after, string(row))
		}
		r.Free(uint64(len(after)))
		if n == 0 {
			more(t, r)
		}
	}
	for i, row := range kept[100:] {
		if string(row) != value(100+i) {
			t.Fatalf("abandoned row %d became %.40q", 100+i, row)
		}
	}
	for i := range 100 {
		if after[i] != value(500+i) {
			t.Fatalf("row %d after is %.40q", i, after[i])
		}
	}
	if after[100] != big || after[101] != "next" {
		t.Errorf("the last rows are %.40q and %.40q", after[100], after[101])
	}
}

// In builds that check, memory given back is overwritten at once, wherever it lies; in others it is left alone.
func TestPoison(t *testing.T) {
	t.Parallel()
	r := protocol.NewSmallReader(
		&endless{frame: appendRow(nil, "1234567890"), size: 1 << 20}, protocol.Limits{}, 64, 64, 1024)
	more(t, r)
	first := rows(t, r, 2) // two frames of 21 bytes; the third goes on in the next slab
	more(t, r)
	second := rows(t, r, 2)
	check := func(when string, row []byte, dead bool) {
		t.Helper()
		if was := string(row) == "1234567890"; was == (dead && invariants.On) {
			t.Errorf("%s: row is %q", when, row)
		}
	}
	r.Free(1)
	check("one of two rows in a slab given back", first[0], false)
	r.Free(2)
	check("both rows in a retired slab given back", first[0], true)
	check("both rows in a retired slab given back", first[1], true)
	check("a row in hand", second[0], false)
	r.Free(4)
	check("all rows in the current slab given back", second[0], true)
	check("all rows in the current slab given back", second[1], true)
}

// The body of a message stays as it is until the next More, also when rows beside it are given back.
func TestMessageOutlivesRows(t *testing.T) {
	t.Parallel()
	stream := appendRow(nil, "one")
	stream = appendFrame(stream, 'C', "SELECT 2\x00")
	stream = appendRow(stream, "two")
	r := protocol.NewReader(bytes.NewReader(stream), protocol.Limits{})
	more(t, r)
	rows(t, r, 1)
	_, body, _, err := r.Message()
	if err != nil {
		t.Fatal(err)
	}
	rows(t, r, 1)
	r.Free(2)
	if string(body) != "SELECT 2\x00" {
		t.Errorf("the body became %q", body)
	}
}

func TestNewQueryWithRowsInUse(t *testing.T) {
	t.Parallel()
	r := protocol.NewReader(bytes.NewReader(appendRow(nil, "row")), protocol.Limits{})
	more(t, r)
	row := rows(t, r, 1)[0]
	defer func() {
		if bug := recover(); (bug != nil) != invariants.On {
			t.Errorf("panic %v, with checks on: %t", bug, invariants.On)
		}
		if string(row) != "row" {
			t.Errorf("the row in hand became %q", row)
		}
	}()
	r.NewQuery()
}
