package stream_test

import "github.com/fraiseql/fraiseql-wire-go/internal/invariants"

// poisons reports whether this build overwrites rows that are no longer valid.
const poisons = invariants.On
