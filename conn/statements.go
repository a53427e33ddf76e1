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

// stage is how far a prepared statement has progressed on the server.
type stage uint8

const (
	requested stage = iota // its Parse was sent, and ParseComplete was not received
	prepared               // the server has confirmed it
	dropped                // it is no longer used; if the server has it, its name is in closing
)

// stages lists the stages that may follow each stage. If the server skipped a Parse because something before it
// failed, the stage stays the same, and the next run sends the Parse again.
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

// statements holds a connection's prepared statements: which of them the server has, which text is prepared next, and
// which names the server must close. It belongs to the owner of the turn.
//
// A statement that was chosen for a message is distinguished from one that the server has confirmed: only after
// ParseComplete do later messages rely on it. Even then, a server connection behind a pooler may lack it, or may
// already have one with its name: see heals.
type statements struct {
	threshold int  // Config.PrepareThreshold; 0: nothing is prepared
	capacity  int  // Config.StatementCacheSize
	untracked bool // a pooler loses statements: nothing is prepared any more

	kept   map[string]*statement // by text
	recent list.List             // of *statement, the most recently used first

	runs    runs
	closing []string // names to close; first those whose Close is in the present message
}

func newStatements(threshold, capacity int) statements {
	return statements{threshold: threshold, capacity: capacity}
}

// use is how a message runs a text: by the unnamed statement, or by a prepared one, which may have to be parsed
// first.
type use struct {
	*statement      // nil: the unnamed one
	parse      bool // the message contains its Parse
}

// unnamed is the use of the unnamed statement.
var unnamed = use{parse: true}

func (u use) name() string {
	if u.statement == nil {
		return ""
	}
	return u.statement.name
}

// choose returns how the message under construction runs a text, and counts the run.
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

// keep begins to prepare a text. If another statement has to make room, it is closed with the next message: see due.
func (s *statements) keep(text string) *statement {
	if s.kept == nil {
		s.kept = make(map[string]*statement)
	}
	st := &statement{text: text, name: statementName(text)}
	s.kept[text] = st
	st.place = s.recent.PushFront(st)
	return st
}

// due begins a message: it returns the names whose Close must precede it. If there are more statements than the
// capacity, the least recently used are among them. They are not removed when one is added, because then two
// statements of one message could evict each other while they are still needed.
func (s *statements) due() []string {
	for s.recent.Len() > s.capacity {
		wiremetrics.PreparedStatement(wiremetrics.StatementEvicted)
		s.drop(s.recent.Back().Value.(*statement))
	}
	return s.closing
}

// statementName returns the name of a text: a hash of it, so that the name never denotes another text, whatever
// server connection a pooler chooses. With 128 bits of SHA-256, collisions are practically impossible, even
// intentional ones.
func statementName(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "fraiseql_" + hex.EncodeToString(sum[:16])
}

// drop removes a statement, and has the server close it too. REQUIRES: no answer that could confirm it is awaited.
func (s *statements) drop(st *statement) {
	if st.stage == prepared {
		s.closing = append(s.closing, st.name)
	}
	s.forget(st)
}

// forget removes a statement that the server does not have.
func (s *statements) forget(st *statement) {
	if st.stage != dropped {
		st.move(dropped)
		delete(s.kept, st.text)
		s.recent.Remove(st.place)
	}
}

// parsed records a ParseComplete.
func (s *statements) parsed(u use) {
	if u.statement == nil {
		return
	}
	u.move(prepared)
	wiremetrics.PreparedStatement(wiremetrics.StatementPrepared)
}

// bound records a BindComplete.
func (s *statements) bound(u use) {
	if u.statement != nil && !u.parse {
		wiremetrics.PreparedStatement(wiremetrics.StatementReused)
	}
}

// closed records a CloseComplete: they arrive in the order of the Closes.
func (s *statements) closed() { s.closing = s.closing[1:] }

// SQLSTATEs of the errors that a prepared statement can cause ("PostgreSQL Error Codes").
const (
	invalidStatementName   = "26000" // the server has no statement with this name
	duplicateStatementName = "42P05" // it already has one
)

// heals records an error that was received in place of the ParseComplete or BindComplete of a statement, before any
// of it was executed, and reports whether the query must be run again with the unnamed statement.
//
// A name that is missing, or exists already, is the sign of a pooler that does not track statements: the connection
// stops preparing. Any other error of a statement that was reused may be caused by a change since it was prepared,
// such as a table with other columns (0A000) or a parameter of another type: its next run prepares it again.
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

// runs counts how often texts that are not yet prepared have run. It keeps only a hash and a count for each, not the
// text, and forgets a text if it does not recur while as many other texts run as there may be statements.
type runs struct {
	seed          maphash.Seed
	lately, aging map[uint64]int // a text that runs while it ages is moved back to lately
}

// reach counts a run, and reports whether it brings the text to the threshold.
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

// again makes the next run of a text reach the threshold.
func (r *runs) again(text string, threshold int) {
	if threshold > 1 {
		r.lately[maphash.String(r.seed, text)] = threshold - 1
	}
}
