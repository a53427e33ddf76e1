//go:build !goexperiment.jsonv2

package errors

// pathsHoldKeys reports whether the field that encoding/json names may contain keys of the row. Here it consists of the
// names of struct fields only.
const pathsHoldKeys = false
