package stream

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WithSetting sets a run-time parameter of the server for this query only: a role, a claim that row-level security
// policies read with current_setting, search_path, or any other parameter of the manual's chapter "Server
// Configuration". It may be given many times; the parameters are set in the order given, before the query and in the
// same round trip.
//
// Like those of SET LOCAL, the settings last until the end of the implicit transaction that the query runs in. So none
// remains on the connection, or on a pooler's connection to the server, however the query ends. If the server rejects a
// name or a value, the query is not executed, and Query returns the server's error with the name of the setting.
//
// Name and value are sent as parameters and are never part of a statement. Query returns a *errors.UsageError for an
// empty name, for a name or value that contains a NUL byte or is not UTF-8, and for a setting together with
// WithSimpleProtocol.
func WithSetting(name, value string) Option {
	return func(s *Settings) {
		s.session.add(setting{namedSetting, "WithSetting", name, value})
	}
}

// WithRole runs this query with the privileges of role, of which the connection's user must be a member, as SET LOCAL
// ROLE would. The role is set before all other settings except WithReadOnly, so these need the role's privileges. If it
// is given several times, the last one counts. See WithSetting.
func WithRole(role string) Option {
	return func(s *Settings) { s.session.replace(setting{roleSetting, "WithRole", "role", role}) }
}

// WithReadOnly makes the server reject, with SQLSTATE 25006, anything that this query writes, even in a common table
// expression or a function. It is set before all other settings, and none of them can revert it. See WithSetting.
func WithReadOnly() Option {
	return func(s *Settings) {
		s.session.replace(setting{readOnlySetting, "WithReadOnly", "transaction_read_only", "on"})
	}
}

// WithStatementTimeout makes the server end this query with SQLSTATE 57014 once it has run for d, even if this program
// no longer runs. d is sent in whole milliseconds, rounded up; zero or less is a *errors.UsageError, and so is more
// than the 24 days that the parameter statement_timeout can hold. It is set after WithRole and before every
// WithSetting. See WithSetting.
//
// The time includes the sending of rows. While the server waits for a consumer that does not read, it does not check
// its timeout: docs/TROUBLESHOOTING.md says what ends such a query.
func WithStatementTimeout(d time.Duration) Option {
	return func(s *Settings) {
		s.session.timeout, s.session.hasTimeout = d, true
	}
}

// session holds the options that set parameters of the server's session.
type session struct {
	timeout    time.Duration
	hasTimeout bool
	made       []setting // in the order given; after resolve in the order in which they are set
}

// setting is one run-time parameter.
type setting struct {
	rank                rank
	option, name, value string
}

// rank determines the order of the settings: one is set before all those of a higher rank.
type rank uint8

const (
	readOnlySetting rank = iota
	roleSetting
	timeoutSetting
	namedSetting
)

func (s *session) add(m setting) {
	if s.made == nil {
		s.made = make([]setting, 0, 4) // a role, and a few claims
	}
	s.made = append(s.made, m)
}

// replace adds m in place of the setting of the same rank, if there is one.
func (s *session) replace(m setting) {
	for i := range s.made {
		if s.made[i].rank == m.rank {
			s.made[i] = m
			return
		}
	}
	s.add(m)
}

// maxSettings is the number of columns that a SELECT may have: MaxTupleAttributeNumber in the server's source.
const maxSettings = 1664

// maxStatementTimeout is the largest value of the parameter statement_timeout, a 32-bit number of milliseconds.
const maxStatementTimeout = math.MaxInt32 * time.Millisecond

// resolve puts the settings in order and checks them.
func (s *session) resolve(simple bool) error {
	if s.hasTimeout && (s.timeout <= 0 || s.timeout > maxStatementTimeout) {
		return usage(fmt.Sprintf("WithStatementTimeout(%v): want more than 0, and at most %v", s.timeout, maxStatementTimeout))
	}
	if s.hasTimeout {
		ms := strconv.FormatInt(int64((s.timeout+time.Millisecond-1)/time.Millisecond), 10)
		s.add(setting{timeoutSetting, "WithStatementTimeout", "statement_timeout", ms})
	}
	slices.SortStableFunc(s.made, func(a, b setting) int { return cmp.Compare(a.rank, b.rank) })
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

// String returns the option, with the name of the parameter for WithSetting. It leaves out the value, which may be
// secret.
func (s *setting) String() string {
	if s.option != "WithSetting" {
		return s.option
	}
	return fmt.Sprintf("WithSetting(%q)", s.name)
}

// SessionSettings returns the number of run-time parameters that are set before the query. Like the next two methods,
// it is for package conn.
func (s *Settings) SessionSettings() int { return len(s.session.made) }

// AppendSessionSettings appends the name and the value of each run-time parameter, in the order in which they are to be
// set, as arguments of set_config. The caller owns what is appended.
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

// SessionSetting returns run-time parameter i, counted from 0, and the option that set it: WithRole, or
// WithSetting("app.tenant").
func (s *Settings) SessionSetting(i int) (option, name, value string) {
	m := &s.session.made[i]
	return m.String(), m.name, m.value
}
