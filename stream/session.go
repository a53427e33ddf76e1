package stream

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WithSetting sets a run-time parameter of the server for this query alone: a role, a claim that row level security
// reads with current_setting, search_path, or any other parameter of the manual's chapter "Server Configuration". It may be given
// many times; the settings are made in the order given, in front of the query and in the same round trip.
//
// They hold like those of SET LOCAL, until the end of the implicit transaction that the query runs in, so nothing of them
// is left on the connection, however the query ends, nor on the server's connection behind a pooler. A name or value
// that the server refuses makes Query return its error, which names the setting, and the query is not executed.
//
// Name and value travel as parameters and are never part of a statement. A setting without a name, one that holds a NUL
// byte or is not UTF-8, and a setting beside WithSimpleProtocol are a *errors.UsageError.
func WithSetting(name, value string) Option {
	return func(s *Settings) {
		s.session.named = append(s.session.named, setting{option: "WithSetting", name: name, value: value})
	}
}

// WithRole runs this query with the rights of role, of which the connection's user must be a member, as SET LOCAL ROLE
// would. It comes before all other settings but WithReadOnly, so these need the role's rights. Given again, the last one
// counts. See WithSetting.
func WithRole(role string) Option {
	return func(s *Settings) { s.session.role = &setting{option: "WithRole", name: "role", value: role} }
}

// WithReadOnly lets the server refuse with SQLSTATE 25006 whatever this query writes, also in a common table expression
// or a function. It comes before all other settings, none of which can take it back. See WithSetting.
func WithReadOnly() Option {
	return func(s *Settings) {
		s.session.readOnly = &setting{option: "WithReadOnly", name: "transaction_read_only", value: "on"}
	}
}

// WithStatementTimeout makes the server end this query with SQLSTATE 57014 once it has run for d, also if this program
// is gone. d is sent in whole milliseconds, rounded up; zero or less is a *errors.UsageError, and so is more than the
// parameter statement_timeout can hold, 24 days. It comes behind WithRole and before every WithSetting. See WithSetting.
//
// The time includes that in which rows are sent. A server that waits for a consumer who does not read looks at its
// timeout only when it can go on sending: docs/TROUBLESHOOTING.md has what ends such a query.
func WithStatementTimeout(d time.Duration) Option {
	return func(s *Settings) {
		s.session.timeout, s.session.hasTimeout = d, true
	}
}

// session is what the options say about the session in which the query runs.
type session struct {
	readOnly, role *setting
	timeout        time.Duration
	hasTimeout     bool
	named          []setting // in the order given

	made []setting // all of them, in the order in which they are made; see resolve
}

// setting is one run-time parameter.
type setting struct{ option, name, value string }

// maxSettings is how many columns a SELECT may have: MaxTupleAttributeNumber.
const maxSettings = 1664

// maxStatementTimeout is what the parameter statement_timeout can hold, a number of milliseconds in 32 bits.
const maxStatementTimeout = math.MaxInt32 * time.Millisecond

// resolve puts the settings in order and checks them.
func (s *session) resolve(simple bool) error {
	if s.hasTimeout && (s.timeout <= 0 || s.timeout > maxStatementTimeout) {
		return usage(fmt.Sprintf("WithStatementTimeout(%v): want more than 0, and at most %v", s.timeout, maxStatementTimeout))
	}
	count := len(s.named)
	for _, given := range []bool{s.readOnly != nil, s.role != nil, s.hasTimeout} {
		if given {
			count++
		}
	}
	if count == 0 {
		return nil
	}
	s.made = make([]setting, 0, count)
	for _, first := range []*setting{s.readOnly, s.role} {
		if first != nil {
			s.made = append(s.made, *first)
		}
	}
	if s.hasTimeout {
		ms := (s.timeout + time.Millisecond - 1) / time.Millisecond
		s.made = append(s.made, setting{"WithStatementTimeout", "statement_timeout", strconv.FormatInt(int64(ms), 10)})
	}
	s.made = append(s.made, s.named...)
	return s.check(simple)
}

func (s *session) check(simple bool) error {
	if len(s.made) > maxSettings {
		return usage(fmt.Sprintf("WithSetting: %d settings for one query, want at most %d", len(s.made), maxSettings))
	}
	for i := range s.made {
		m := &s.made[i]
		switch {
		case simple:
			return usage(m.String() + ": a simple Query message has no room for settings; leave WithSimpleProtocol out")
		case m.name == "":
			return usage(m.option + ": the setting has no name")
		case strings.IndexByte(m.name, 0) >= 0 || !utf8.ValidString(m.name):
			return usage(fmt.Sprintf("%s(%q): the name holds a NUL byte, or is not UTF-8", m.option, m.name))
		case strings.EqualFold(m.name, "client_encoding"):
			return usage(m.String() + ": JSON needs UTF8 (RFC 8259, section 8.1)")
		case strings.IndexByte(m.value, 0) >= 0 || !utf8.ValidString(m.value):
			return usage(m.String() + ": the value holds a NUL byte, or is not UTF-8")
		case m.option == "WithRole" && m.value == "":
			return usage("WithRole: the role has no name")
		}
	}
	return nil
}

// String names the option, and the parameter where the option does not. It leaves out the value, which may be secret.
func (s *setting) String() string {
	if s.option != "WithSetting" {
		return s.option
	}
	return fmt.Sprintf("WithSetting(%q)", s.name)
}

// SessionSettings is how many run-time parameters are set in front of the query. It is for package conn, as the next two
// methods are.
func (s *Settings) SessionSettings() int { return len(s.session.made) }

// AppendSessionSettings appends the name and the value of each run-time parameter, in the order in which they are to be
// set, as arguments of set_config. What is appended belongs to the caller.
func (s *Settings) AppendSessionSettings(dst [][]byte) [][]byte {
	size := 0
	for i := range s.session.made {
		size += len(s.session.made[i].name) + len(s.session.made[i].value)
	}
	text := make([]byte, 0, size)
	for i := range s.session.made {
		for _, part := range [...]string{s.session.made[i].name, s.session.made[i].value} {
			start := len(text)
			text = append(text, part...)
			dst = append(dst, text[start:len(text):len(text)])
		}
	}
	return dst
}

// SessionSetting is the run-time parameter at place i of SessionSettings, from 0 on, and the option that asked for it:
// WithRole, or WithSetting("app.tenant").
func (s *Settings) SessionSetting(i int) (option, name, value string) {
	m := &s.session.made[i]
	return m.String(), m.name, m.value
}
