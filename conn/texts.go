package conn

import (
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/internal/sqltext"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

const (
	// maxTexts is the number of texts that are remembered. If there are more, all are forgotten: a program that puts
	// values into its texts does not benefit from remembering any of them.
	maxTexts = 64
	// maxText is the length in bytes of the longest text that is remembered.
	maxText = 4 << 10
)

// texts remembers what was found in the texts of statements. Programs run the same few again and again, and analyzing
// a long one takes the client more time than the rest of a small query. It belongs to the owner of the turn; the zero
// value is ready to use.
type texts struct{ known map[string]*text }

// text is what must be known about a statement's text.
type text struct {
	sqltext.Statement
	query  bool                // see sqltext.IsQuery
	entity *wiremetrics.Entity // the metrics of Statement.Entity; nil until they are needed
}

// metrics returns the metrics of the entity that the statement is about.
func (t *text) metrics() *wiremetrics.Entity {
	if t.entity == nil {
		t.entity = wiremetrics.ForEntity(t.Entity)
	}
	return t.entity
}

// look analyzes sql, unless it is remembered.
func (t *texts) look(sql string) *text {
	if found, ok := t.known[sql]; ok {
		return found
	}
	if len(sql) > maxText {
		return lookThrough(sql)
	}
	switch {
	case t.known == nil:
		t.known = make(map[string]*text)
	case len(t.known) == maxTexts:
		clear(t.known)
	}
	sql = strings.Clone(sql) // it may be part of a larger string
	found := lookThrough(sql)
	t.known[sql] = found
	return found
}

func lookThrough(sql string) *text {
	return &text{Statement: sqltext.Describe(sql), query: sqltext.IsQuery(sql)}
}
