package invariants_test

import (
	"bytes"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

func TestPoison(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, 3, 7, 64, 1000} {
		whole := bytes.Repeat([]byte("x"), size+2)
		dead := whole[1 : 1+size]
		invariants.Poison(dead)
		if got := bytes.Count(dead, []byte("x")); invariants.On && got != 0 || !invariants.On && got != size {
			t.Errorf("size %d, on %t: %d bytes unchanged", size, invariants.On, got)
		}
		if whole[0] != 'x' || whole[size+1] != 'x' {
			t.Errorf("size %d: a byte outside the slice was overwritten", size)
		}
	}
}
