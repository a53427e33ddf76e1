package httpstream

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Format is the format in which rows are written.
type Format uint8

// The formats. The zero value of Options.Format leaves the choice to the request.
const (
	NDJSON Format = iota + 1 // application/x-ndjson: one document per line
	Array                    // application/json: one array of all documents
	SSE                      // text/event-stream: one event for each document
)

// String returns the media type.
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

// mediaTypes are the media types of the formats, in order of preference. An alternative name of a format matches only
// exactly, and not through a range such as */*.
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

// Negotiate chooses a format by the Accept header of r (RFC 9110, section 12.5.1): the one with the highest weight; of
// those the one that is named most exactly; and of those the first in the order NDJSON, Array, SSE. Without an Accept
// header it is NDJSON; application/jsonl is another name of NDJSON. If the client accepts none of the formats,
// Negotiate returns false, and the response should be 406.
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

// maxRanges bounds the number of elements of Accept headers that are read.
const maxRanges = 64

// parseAccept returns the well-formed elements, and ignores the others.
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

// weigh returns the weight of the most exact range that matches a media type, and how exact it is; 0 if there is none.
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
