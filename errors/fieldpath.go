//go:build !goexperiment.jsonv2

package errors

// pathsHoldKeys says whether the field that encoding/json names may hold keys of the row. Here it is made of the names of
// struct fields alone.
const pathsHoldKeys = false
