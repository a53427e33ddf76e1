package chunking_test

import (
	"fmt"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
)

// A ring that stays full makes the chunk grow once per window.
func ExampleSizer() {
	s := chunking.New(chunking.Config{})
	for range 100 {
		if change := s.Observe(1000, 1024); change != chunking.Kept {
			fmt.Println(change, s.Size())
		}
	}
	// Output:
	// grew 384
	// grew 576
}

// Impossible bounds are refused with an error that names the field.
func ExampleConfig_Validate() {
	fmt.Println(chunking.Config{Min: 64, Max: 32}.Validate())
	// Output: chunking: Min is 64: want at most Max, which is 32
}
