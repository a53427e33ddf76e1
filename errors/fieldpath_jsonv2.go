//go:build goexperiment.jsonv2

package errors

// pathsHoldKeys reports whether the field that encoding/json names may contain keys of the row. With
// GOEXPERIMENT=jsonv2 it is a path through the document, which can include the keys of maps.
const pathsHoldKeys = true
