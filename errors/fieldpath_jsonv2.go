//go:build goexperiment.jsonv2

package errors

// pathsHoldKeys says whether the field that encoding/json names may hold keys of the row. With GOEXPERIMENT=jsonv2 it is a
// path through the document, which passes through maps too.
const pathsHoldKeys = true
