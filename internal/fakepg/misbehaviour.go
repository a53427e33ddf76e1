package fakepg

import (
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Moment is the call of the client that is affected by a fault.
type Moment string

// The moments.
const (
	AtConnect Moment = "connect" // the connect fails
	AtQuery   Moment = "query"   // the query fails before it has rows
	AtRows    Moment = "rows"    // the rows end with an error
	AtReuse   Moment = "reuse"   // the query is answered well, and the next one fails
	Nowhere   Moment = "nowhere" // all is well
)

// Transport says over which connections a misbehaviour is tried.
type Transport string

// The transports.
const (
	AnyPlain Transport = ""    // TCP and unix sockets
	OverTCP  Transport = "tcp" // TCP alone
	OverTLS  Transport = "tls" // TCP, encrypted, with sslmode=require
)

// Misbehaviour is one thing that a correct server never does, and what a client must make of it. The client logs in
// as the user fake and runs SQL. Zero values of the fields mean what is right for most rows of the table.
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
	Rows  int      // delivered before the error
	Fewer bool     // fewer than Rows may be delivered, because a reset drops what was not read yet
	// Endless: rows come without end; how many is not looked at.
	Endless bool

	// Silent: the call ends only when its context ends, because the server sends nothing more, or sends so much
	// without end that the client need not notice. If the call is the query, the script calls Conn.Mark once some of
	// it has arrived.
	Silent bool
	// Usable: the connection can be used again; the script answers two more queries with ReuseRows each.
	Usable bool
	// Unsent: nothing of the query was sent, so that it is safe to retry.
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
	// Arg is the size in bytes of an argument of the query.
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

// named prefixes the name of each row with the group.
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

// afterLogin sends b after a login.
func afterLogin(b []byte) Script {
	return func(c *Conn) error { return c.SendRaw(slices.Concat(Encode(ok()), c.Greeting(), b)) }
}

// atStartup sends b in place of everything.
func atStartup(b []byte) Script { return func(c *Conn) error { return c.SendRaw(b) } }

// answering accepts the login, reads a query, and sends what part returns.
func answering(part func(c *Conn) []byte) Script {
	return func(c *Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		if _, err := c.ReadQuery(); err != nil {
			return err
		}
		c.Mark()
		return c.SendRaw(part(c))
	}
}

// inRows answers with two rows, then b, and then the end of a correct result. The client must deliver nothing after b.
func inRows(b []byte) Script {
	return answering(func(c *Conn) []byte { return slices.Concat(c.Head(), Rows(2), b, afterwards()) })
}

// afterwards is a correct rest of a result, which a client must ignore after an illegal message.
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
