package fakepg

import (
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Moment is the call of the client that a fault affects.
type Moment string

// The moments.
const (
	AtConnect Moment = "connect" // the connect fails
	AtQuery   Moment = "query"   // the query fails before it has rows
	AtRows    Moment = "rows"    // the rows end with an error
	AtReuse   Moment = "reuse"   // the query succeeds, and the next one fails
	Nowhere   Moment = "nowhere" // nothing fails
)

// Transport selects the connections over which a misbehaviour is tried.
type Transport string

// The transports.
const (
	AnyPlain Transport = ""    // TCP and unix sockets
	OverTCP  Transport = "tcp" // only TCP
	OverTLS  Transport = "tls" // TCP, encrypted, with sslmode=require
)

// Misbehaviour is one thing that a correct server never does, and how a client must react to it. The client logs in as
// the user fake and runs SQL. The zero values of the fields are right for most rows of the table.
type Misbehaviour struct {
	Name   string
	Script Script
	Server []Option
	Over   Transport
	// Params are further parameters of the client's connection string, in URI form: "sslmode=require&password=x".
	Params string
	// Extended: the fault is specific to the extended protocol.
	Extended bool
	// Session: the client sends the query with Settings.
	Session bool
	// Prepare: the client prepares each statement when it first runs it.
	Prepare bool
	// Marked: the client sends the query after the script has called Conn.Mark.
	Marked bool

	At    Moment   // default AtConnect
	Want  []string // the error's category must be one of these; default protocol
	Code  string   // its SQLSTATE, if it is the server's error
	Rows  int      // number of rows delivered before the error
	Fewer bool     // fewer than Rows may be delivered, because a reset discards what was not read yet
	// Endless: rows come without end; their number is not checked.
	Endless bool

	// Silent: the call ends only when its context ends, because the server sends nothing more, or keeps sending
	// something that a client need not reject. If the call is the query, the script calls Conn.Mark once part of the
	// query has arrived.
	Silent bool
	// Usable: the connection can be used again; the script answers two more queries with ReuseRows rows each.
	Usable bool
	// Unsent: no part of the query was sent, so that it is safe to retry.
	Unsent bool
	// Cancels is the maximum number of CancelRequests that may come.
	Cancels int
	// Hidden must not occur in the text of the error.
	Hidden string
	// Forbidden must never be sent, encrypted or not.
	Forbidden string
	// Memory bounds the total number of bytes that the client allocates; default DefaultMemory.
	Memory uint64

	// Leave: the client ends the stream after one row, by Close or by the end of the context.
	Leave bool
	// Closed: with Leave, the connection must not be used again.
	Closed bool
	// Arg is the size in bytes of an argument of the query.
	Arg int
}

const (
	// SQL is the statement that clients send.
	SQL = "select data from v_hostile"
	// Password is the password of clients that have one.
	Password = "correct-horse-battery"
	// ReuseRows is the number of rows in the later answers on a usable connection.
	ReuseRows = 3
	// DefaultMemory is the total number of bytes that a client may allocate for one misbehaviour.
	DefaultMemory = 8 << 20
)

const withPassword = "password=" + Password

// Misbehaviours returns the whole table.
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

// Mark closes the channel of Server.Marked.
func (c *Conn) Mark() { c.server.marking.Do(func() { close(c.server.marked) }) }

// Marked returns a channel that is closed when a script has called Mark.
func (s *Server) Marked() <-chan struct{} { return s.marked }

// afterLogin sends b after a login.
func afterLogin(b []byte) Script {
	return func(c *Conn) error { return c.SendRaw(slices.Concat(Encode(ok()), c.Greeting(), b)) }
}

// atStartup sends b instead of a login.
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

// inRows answers with two rows, then b, and then the rest of a correct result. The client must deliver nothing after b.
func inRows(b []byte) Script {
	return answering(func(c *Conn) []byte { return slices.Concat(c.Head(), Rows(2), b, afterwards()) })
}

// afterwards returns a correct rest of a result, which a client must ignore after an illegal message.
func afterwards() []byte { return append(Encode(Row(`{"n":"after"}`)), End(3)...) }

// usable runs s and then answers further queries.
func usable(s Script) Script {
	return func(c *Conn) error {
		if err := s(c); err != nil {
			return err
		}
		return c.Serve(ReuseRows)
	}
}

func ok() pgproto3.BackendMessage { return &pgproto3.AuthenticationOk{} }
