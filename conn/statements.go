package conn

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"slices"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// stage is how far a prepared statement has come on the server.
type stage uint8

const (
	requested stage = iota // its Parse was sent, and ParseComplete has not come
	prepared               // the server has confirmed it
	dropped                // it is no longer used; if the server has it, its name goes to closing
)

// stages are all legal changes of stage. A Parse that the server skipped, because something before it failed, leaves its
// statement where it was, and the next run sends it again.
var stages = [...][]stage{
	requested: {prepared, dropped},
	prepared:  {dropped},
	dropped:   {},
}

// statement is one text that is kept prepared.
type statement struct {
	text, name string
	stage      stage
	place      *list.Element // in statements.recent
}

func (st *statement) move(to stage) {
	if !slices.Contains(stages[st.stage], to) {
		panic(fmt.Sprintf("BUG: conn: a statement goes from stage %d to %d", st.stage, to))
	}
	st.stage = to
}

// statements are a connection's prepared statements: which the server has, which text is prepared next, and which names it
// is to forget. It belongs to the owner of the turn.
//
// What has been chosen for a message is told from what the server has confirmed: only ParseComplete makes a statement one
// that later messages rely on. A server connection behind a pooler may still lack it, or have one by its name already:
// see heals.
type statements struct {
	threshold int  // Config.PrepareThreshold; 0: nothing is prepared
	capacity  int  // Config.StatementCacheSize
	untracked bool // something between us and the server loses statements: nothing is prepared any more

	kept   map[string]*statement // by text
	recent list.List             // of *statement, the one used last in front

	runs    runs
	closing []string // names that the server is to forget: in front those whose Close the present message has
}

func newStatements(threshold, capacity int) statements {
	return statements{threshold: threshold, capacity: capacity}
}

// use is how one message runs a text: by the unnamed statement, or by a prepared one, which it may have to parse before.
type use struct {
	*statement      // nil: the unnamed one
	parse      bool // the message has its Parse
}

// unnamed is the use of the unnamed statement.
var unnamed = use{parse: true}

func (u use) name() string {
	if u.statement == nil {
		return ""
	}
	return u.statement.name
}

// choose says how the message under construction runs a text, and counts the run.
func (s *statements) choose(text string) use {
	if s.threshold == 0 || s.untracked {
		return unnamed
	}
	if kept := s.kept[text]; kept != nil {
		s.recent.MoveToFront(kept.place)
		return use{kept, kept.stage != prepared}
	}
	if !s.runs.reach(text, s.threshold, s.capacity) {
		return unnamed
	}
	return use{s.keep(text), true}
}

// keep begins to prepare a text. The one that has to make room for it goes with the next message: see due.
func (s *statements) keep(text string) *statement {
	if s.kept == nil {
		s.kept = make(map[string]*statement)
	}
	st := &statement{text: text, name: statementName(text)}
	s.kept[text] = st
	st.place = s.recent.PushFront(st)
	return st
}

// due begins a message: it is the names whose Close is to stand in front. Among them are those of the statements that
// were not used for the longest time, where there are more than the capacity. This is done here and not when one is
// added, so that two statements of one message do not push each other out while they are still to be used.
func (s *statements) due() []string {
	for s.recent.Len() > s.capacity {
		wiremetrics.PreparedStatement(wiremetrics.StatementEvicted)
		s.drop(s.recent.Back().Value.(*statement))
	}
	return s.closing
}

// statementName is the name of a text: a hash of it, so that on whatever server connection a pooler lands the name never
// stands for another text. 128 bits of SHA-256 leave no room for accidents, nor for texts made to collide.
func statementName(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "fraiseql_" + hex.EncodeToString(sum[:16])
}

// drop forgets a statement here, and has the server forget it too. REQUIRES: no answer is awaited that could confirm it.
func (s *statements) drop(st *statement) {
	if st.stage == prepared {
		s.closing = append(s.closing, st.name)
	}
	s.forget(st)
}

// forget forgets a statement that the server does not have.
func (s *statements) forget(st *statement) {
	if st.stage != dropped {
		st.move(dropped)
		delete(s.kept, st.text)
		s.recent.Remove(st.place)
	}
}

// parsed books a ParseComplete.
func (s *statements) parsed(u use) {
	if u.statement == nil {
		return
	}
	u.move(prepared)
	wiremetrics.PreparedStatement(wiremetrics.StatementPrepared)
}

// bound books a BindComplete.
func (s *statements) bound(u use) {
	if u.statement != nil && !u.parse {
		wiremetrics.PreparedStatement(wiremetrics.StatementReused)
	}
}

// closed books a CloseComplete: they come in the order of the Closes.
func (s *statements) closed() { s.closing = s.closing[1:] }

// SQLSTATEs of what can be wrong with a prepared statement ("PostgreSQL Error Codes").
const (
	invalidStatementName   = "26000" // the server has none by this name
	duplicateStatementName = "42P05" // it has one already
)

// heals books an error that came in place of the ParseComplete or BindComplete of a statement, before anything of it was
// executed, and says whether the query is to be run again with the unnamed statement.
//
// A name that is missing, or there already, is the mark of a pooler that does not track statements: the connection
// prepares no more. Any other error of a statement that was only reused may come from what has changed since it was
// prepared, a table of other columns (0A000) or a parameter of another type: it is prepared anew by its next run.
func (s *statements) heals(u use, phase phase, code string) bool {
	atParse := phase == parsingSettings || phase == parsing
	switch {
	case u.statement == nil:
		return false
	case atParse && code == duplicateStatementName, !atParse && code == invalidStatementName:
		*s = statements{untracked: true}
	case atParse:
		s.forget(u.statement)
		return false
	case u.parse:
		return false
	default:
		s.drop(u.statement)
		s.runs.again(u.text, s.threshold)
	}
	wiremetrics.PreparedStatement(wiremetrics.StatementHealed)
	return true
}

// runs counts how often texts have run that are not prepared yet. It keeps a number for each, not the text, and forgets
// texts that do not come again while as many others do as there may be statements.
type runs struct {
	seed          maphash.Seed
	lately, aging map[uint64]int // a text that is seen while it ages is moved back to lately
}

// reach counts a run, and says whether it is the one that brings the text to the threshold.
func (r *runs) reach(text string, threshold, capacity int) bool {
	if threshold <= 1 {
		return true
	}
	if r.lately == nil {
		r.seed, r.lately = maphash.MakeSeed(), make(map[uint64]int)
	}
	key := maphash.String(r.seed, text)
	n := max(r.lately[key], r.aging[key]) + 1
	if n >= threshold {
		delete(r.lately, key)
		delete(r.aging, key)
		return true
	}
	if len(r.lately) >= capacity {
		r.lately, r.aging = make(map[uint64]int), r.lately
	}
	r.lately[key] = n
	return false
}

// again makes the next run of a text the one that reaches the threshold.
func (r *runs) again(text string, threshold int) {
	if threshold > 1 {
		r.lately[maphash.String(r.seed, text)] = threshold - 1
	}
}
