package stream_test

import "github.com/fraiseql/fraiseql-wire-go/internal/invariants"

// poisons says whether this build overwrites rows whose life has ended.
const poisons = invariants.On
