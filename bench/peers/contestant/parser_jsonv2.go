//go:build goexperiment.jsonv2

package contestant

import jsonv2 "encoding/json/v2"

// jsonv2Parsers returns a parser only in programs built with GOEXPERIMENT=jsonv2; their encoding/json is also based on
// the new implementation.
func jsonv2Parsers() []parser {
	return []parser{{"jsonv2", "encoding/json/v2", func(b []byte, v any) error { return jsonv2.Unmarshal(b, v) }}}
}
