package httpstream

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Format is how rows are written.
type Format uint8

// The formats. The zero value of Options.Format leaves the choice to the request.
const (
	NDJSON Format = iota + 1 // application/x-ndjson: one document a line
	Array                    // application/json: one array of all documents
	SSE                      // text/event-stream: one event for each document
)

// String is the media type.
func (f Format) String() string {
	switch f {
	case NDJSON:
		return "application/x-ndjson"
	case Array:
		return "application/json"
	case SSE:
		return "text/event-stream"
	}
	return "unknown"
}

// mediaTypes are the names by which formats are asked for, in the order in which they are offered. Another name for a
// format is found by itself alone, not by a range such as */*.
var mediaTypes = []struct {
	name    string
	format  Format
	another bool
}{
	{"application/x-ndjson", NDJSON, false},
	{"application/jsonl", NDJSON, true},
	{"application/json", Array, false},
	{"text/event-stream", SSE, false},
}

// Negotiate chooses a format by the Accept header of r (RFC 9110, section 12.5.1): the one with the highest weight, and of
// equal ones the most exactly named, then the first of NDJSON, Array and SSE. It is NDJSON where nothing is asked for, and
// for application/jsonl, another name of it. false means that the client accepts none of them: the answer is 406.
func Negotiate(r *http.Request) (Format, bool) {
	accept := r.Header.Values("Accept")
	if strings.TrimSpace(strings.Join(accept, "")) == "" {
		return NDJSON, true
	}
	var best Format
	var bestWeight float64
	var bestExact int
	ranges := parseAccept(accept)
	for _, m := range mediaTypes {
		weight, exact := weigh(ranges, m.name)
		if m.another && exact < byName {
			continue
		}
		if weight > bestWeight || weight == bestWeight && weight > 0 && exact > bestExact {
			best, bestWeight, bestExact = m.format, weight, exact
		}
	}
	return best, best != 0
}

// mediaRange is one element of an Accept header.
type mediaRange struct {
	name   string
	weight float64
}

// maxRanges bounds what is read of an Accept header.
const maxRanges = 64

// parseAccept reads the elements that are well formed; the others are passed over.
func parseAccept(headers []string) []mediaRange {
	var ranges []mediaRange
	for _, header := range headers {
		for element := range strings.SplitSeq(header, ",") {
			name, params, err := mime.ParseMediaType(element)
			if err != nil || len(ranges) == maxRanges {
				continue
			}
			weight := 1.0
			if q, given := params["q"]; given {
				weight, err = strconv.ParseFloat(q, 64)
				if err != nil || !(weight >= 0 && weight <= 1) {
					continue
				}
			}
			ranges = append(ranges, mediaRange{name, weight})
		}
	}
	return ranges
}

// How exactly a range names a media type.
const (
	byAny = iota + 1
	byKind
	byName
)

// weigh finds the most exact range for a media type: its weight, and how exact it is; 0 for none.
func weigh(ranges []mediaRange, name string) (weight float64, exact int) {
	kind, _, _ := strings.Cut(name, "/")
	for _, r := range ranges {
		e := 0
		switch r.name {
		case name:
			e = byName
		case kind + "/*":
			e = byKind
		case "*/*":
			e = byAny
		}
		if e > exact {
			weight, exact = r.weight, e
		}
	}
	return weight, exact
}
