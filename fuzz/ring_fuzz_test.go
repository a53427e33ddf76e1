package fuzz

import (
	"bytes"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// FuzzRing runs a script of publish, take and give-back on the ring and on a slice, which must agree. Each byte of
// the script is one step: two bits select the operation, six the number of rows.
func FuzzRing(f *testing.F) {
	f.Add(uint8(4), []byte{0x03, 0x42, 0x80, 0x03, 0x7f, 0x80})
	f.Add(uint8(1), []byte{0x01, 0x41, 0x80, 0x01, 0x41, 0x80})
	f.Add(uint8(64), bytes.Repeat([]byte{0x3f, 0x7f, 0x80}, 10))
	f.Fuzz(func(t *testing.T, capacity uint8, script []byte) {
		r := ring.New(max(1, int(capacity)))
		var model [][]byte // rows published and not given back; the first `taken` of them are in the consumer's hands
		taken, freed, next := 0, uint64(0), byte(0)
		for _, step := range script {
			n := int(step & 0x3f)
			switch step >> 6 {
			case 0: // publish up to n rows
				free := r.Free(n)
				if len(free) > r.Cap()-len(model) {
					t.Fatalf("%d slots free with %d of %d rows held", len(free), len(model), r.Cap())
				}
				for i := range free {
					free[i] = []byte{next}
					model = append(model, []byte{next})
					next++
				}
				r.Publish(len(free))
			case 1: // take up to n rows
				for ; n > 0 && taken < len(model); n-- {
					if got := r.At(freed + uint64(taken)); !bytes.Equal(got, model[taken]) {
						t.Fatalf("row %d: %v, want %v", taken, got, model[taken])
					}
					taken++
				}
			default: // give back all that was taken
				freed += uint64(taken)
				model, taken = model[taken:], 0
				r.GiveBack(freed)
			}
			if got := int(r.Tail() - r.Freed()); got != len(model) {
				t.Fatalf("ring holds %d rows, want %d", got, len(model))
			}
		}
	})
}
