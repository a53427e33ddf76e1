package contestant

import (
	"encoding/json"

	"github.com/bytedance/sonic"
	gojson "github.com/goccy/go-json"
	segmentio "github.com/segmentio/encoding/json"
	"github.com/valyala/fastjson"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// parser decodes one document into a struct, and keeps no part of its input.
type parser struct {
	name, about string
	unmarshal   func([]byte, any) error
}

func parsers() []parser {
	return append([]parser{
		{"stdjson", "encoding/json", json.Unmarshal},
		{"gojson", "goccy/go-json", gojson.Unmarshal},
		{"sonic", "bytedance/sonic", sonic.Unmarshal},
		{"segmentio", "segmentio/encoding/json", func(b []byte, v any) error { return segmentio.Unmarshal(b, v) }},
		{"fastjson", "valyala/fastjson and a function written for the struct", fastUser},
	}, jsonv2Parsers()...)
}

// fastPool keeps parsers between rows, because they own the parsed values.
var fastPool fastjson.ParserPool

// fastUser is an example of a hand-written decoder: v is a *workload.User.
func fastUser(data []byte, v any) error {
	p := fastPool.Get()
	defer fastPool.Put(p)
	doc, err := p.ParseBytes(data)
	if err != nil {
		return err
	}
	tags := doc.GetArray("tags")
	user := workload.User{
		ID:     doc.GetInt64("id"),
		Pad:    string(doc.GetStringBytes("pad")),
		Name:   string(doc.GetStringBytes("name")),
		Tags:   make([]string, len(tags)),
		Score:  doc.GetFloat64("score"),
		Active: doc.GetBool("active"),
	}
	for i, tag := range tags {
		user.Tags[i] = string(tag.GetStringBytes())
	}
	*v.(*workload.User) = user
	return nil
}
