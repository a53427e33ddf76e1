package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// parameters lists the parameters that a URL may have, each once. Ignoring a misspelt one would return more than was
// asked for.
//
//	where   {"status":{"eq":"open"},"customer":{"name":{"startswith":"A"}}}
//	order   [{"amount":"DESC"}]
//	fields  id,amount,customer.name
//	limit   rows at most
//	after   a cursor: only rows after it
var parameters = []string{"where", "order", "fields", "limit", "after"}

// page is the statement for a request.
type page struct {
	query.Select
	limit uint64 // rows in the answer; 0: no limit
}

// reader makes a page from the parameters of a request.
type reader struct {
	asked  map[string]string
	view   view
	events bool // the answer is server-sent events, whose ids are cursors
	page
	keys []query.Order // the order of the page
}

// readPage makes the statement for r. Errors are *errors.UsageError that name the parameter, and the place in it.
func readPage(r *http.Request, v view, maxRows uint64, events bool) (page, error) {
	asked, err := readParameters(r.URL.RawQuery)
	if err != nil {
		return page{}, err
	}
	// A browser that reconnects sends the id of the last event received, and the same URL.
	if cursor := r.Header.Get("Last-Event-ID"); cursor != "" {
		asked["after"] = cursor
	}
	q := reader{asked: asked, view: v, events: events, page: page{query.From(v.from), maxRows}}
	for _, read := range []func() error{q.where, q.bound, q.order, q.fields} {
		if err := read(); err != nil {
			return page{}, err
		}
	}
	_, _, err = q.Build() // this checks the cursor
	return q.page, err
}

func readParameters(raw string) (map[string]string, error) {
	all, err := url.ParseQuery(raw)
	if err != nil {
		return nil, usage("the URL's parameters are not correctly encoded")
	}
	asked := map[string]string{}
	for name, values := range all {
		switch {
		case !slices.Contains(parameters, name):
			return nil, usage(fmt.Sprintf("unknown parameter %.40q; there are %s", name, strings.Join(parameters, ", ")))
		case len(values) > 1:
			return nil, usage(name + ": it is given twice")
		}
		asked[name] = values[0]
	}
	return asked, nil
}

func (q *reader) where() error {
	text, given := q.asked["where"]
	if !given {
		return nil
	}
	filter, err := query.ParseFilter([]byte(text), q.view.schema)
	q.Select = q.Where(filter)
	return err
}

func (q *reader) bound() error {
	if text, given := q.asked["limit"]; given {
		limit, err := strconv.ParseUint(text, 10, 31)
		if err != nil || limit == 0 {
			return usage("limit: want a number of rows")
		}
		if q.limit == 0 || limit < q.limit {
			q.limit = limit
		}
	}
	if q.limit > 0 {
		q.Select = q.Limit(int64(q.limit) + 1) // one more than needed, to learn whether there are more
	}
	return nil
}

// order sets the order, which pages and cursors need. Otherwise rows are returned as the database finds them, and the
// first one at once.
func (q *reader) order() error {
	text, given := q.asked["order"]
	cursor, behind := q.asked["after"]
	if !given && !behind && q.limit == 0 && !q.events {
		return nil
	}
	if given {
		var err error
		if q.keys, err = query.ParseOrder([]byte(text), q.view.schema); err != nil {
			return err
		}
	}
	key := q.view.key
	if !slices.ContainsFunc(q.keys, func(o query.Order) bool { return o.Ref().String() == key.Ref().String() }) {
		q.keys = append(q.keys, key)
	}
	q.Select = q.OrderBy(q.keys...)
	if behind {
		q.Select = q.After(cursor)
	}
	return nil
}

func usage(detail string) error { return &werr.UsageError{Detail: detail} }
