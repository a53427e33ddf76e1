package fakepg

import (
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Moment is the call that meets a fault.
type Moment string

// The moments.
const (
	AtConnect Moment = "connect" // the connect fails
	AtQuery   Moment = "query"   // the query fails before it has rows
	AtRows    Moment = "rows"    // the rows end with an error
	AtReuse   Moment = "reuse"   // the query is answered well, and the next one fails
	Nowhere   Moment = "nowhere" // all is well
)

// Transport says over what a misbehaviour is tried.
type Transport string

// The transports.
const (
	AnyPlain Transport = ""    // TCP and unix sockets
	OverTCP  Transport = "tcp" // TCP alone
	OverTLS  Transport = "tls" // TCP, encrypted, with sslmode=require
)

// Misbehaviour is one thing that no sound server does, and what a client has to make of it. The client logs in as
// user fake and asks for SQL. Zero values mean what most of them want.
type Misbehaviour struct {
	Name   string
	Script Script
	Server []Option
	Over   Transport
	// Params are further parameters of the client's connection string, in URI form: "sslmode=require&password=x".
	Params string
	// Extended: the fault is one of the extended protocol.
	Extended bool
	// Session: the client asks in a session scope, with Settings.
	Session bool
	// Prepare: the client prepares each statement at its first run.
	Prepare bool
	// Marked: the query is sent after the script has called Conn.Mark.
	Marked bool

	At    Moment   // default AtConnect
	Want  []string // the category of the error, one of these; default protocol
	Code  string   // its SQLSTATE, where it is a server's
	Rows  int      // that are delivered before it
	Fewer bool     // Rows is only the most: what a reset leaves of them
	// Endless: rows come without end; how many is not looked at.
	Endless bool

	// Silent: the server says no more, and the end of the call's context is what ends it, or a flood that the client
	// need not notice.
	Silent bool
	// Usable: the connection can be used again; the script answers two more queries with ReuseRows each.
	Usable bool
	// Unsent: nothing of the query was sent, so it is safe to be tried again.
	Unsent bool
	// Cancels is the most CancelRequests that may come.
	Cancels int
	// Hidden must not stand in the text of the error.
	Hidden string
	// Forbidden must never reach the wire, nor the server in the clear.
	Forbidden string
	// Memory bounds what the client allocates in all, in bytes; default DefaultMemory.
	Memory uint64

	// Leave: the stream is left after a row, by Close, or by the end of its context.
	Leave bool
	// Closed: the stream was left, and the connection must not be used again.
	Closed bool
	// Arg is an argument for the query, of so many bytes. The script calls Conn.Mark once it has begun to come.
	Arg int
}

const (
	// SQL is the statement that clients ask for.
	SQL = "select data from v_hostile"
	// Password is the password of clients that have one.
	Password = "correct-horse-battery"
	// ReuseRows is how many rows the later answers of a usable connection have.
	ReuseRows = 3
	// DefaultMemory is what a client may allocate in all at one misbehaviour, in bytes.
	DefaultMemory = 8 << 20
)

const withPassword = "password=" + Password

// Misbehaviours is the whole table.
func Misbehaviours() []Misbehaviour {
	return slices.Concat(
		lengths(), malformed(), truncation(), wrongStates(), startups(), strangers(), authentication(), scramLies(),
		tlsLies(), certificates(), results(), schemas(), floods(), silences(), pieces(), idle(), cancels(),
		settingsLies(), preparedStatements(),
	)
}

// named puts the group in front of the names.
func named(group string, rows []Misbehaviour) []Misbehaviour {
	for i := range rows {
		rows[i].Name = group + "/" + rows[i].Name
	}
	return rows
}

// Mark lets a test that waits for Server.Marked go on.
func (c *Conn) Mark() { c.server.marking.Do(func() { close(c.server.marked) }) }

// Marked is closed when a script has called Mark.
func (s *Server) Marked() <-chan struct{} { return s.marked }

// afterLogin sends b once the client is in.
func afterLogin(b []byte) Script {
	return func(c *Conn) error { return c.SendRaw(slices.Concat(Encode(ok()), c.Greeting(), b)) }
}

// atStartup sends b in place of everything.
func atStartup(b []byte) Script { return func(c *Conn) error { return c.SendRaw(b) } }

// answering logs the client in, reads its query and sends what part makes.
func answering(part func(c *Conn) []byte) Script {
	return func(c *Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		if _, err := c.ReadQuery(); err != nil {
			return err
		}
		return c.SendRaw(part(c))
	}
}

// inRows answers with two rows, then b, then an honest end: nothing behind b may be delivered.
func inRows(b []byte) Script {
	return answering(func(c *Conn) []byte { return slices.Concat(c.Head(), Rows(2), b, afterwards()) })
}

// afterwards is what a client must not believe any more.
func afterwards() []byte { return append(Encode(Row(`{"n":"after"}`)), End(3)...) }

// usable goes on with answers to two more queries.
func usable(s Script) Script {
	return func(c *Conn) error {
		if err := s(c); err != nil {
			return err
		}
		return c.Serve(ReuseRows)
	}
}

func ok() pgproto3.BackendMessage { return &pgproto3.AuthenticationOk{} }
