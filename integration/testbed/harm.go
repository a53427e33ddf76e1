package testbed

import "time"

// Role selects some of a proxy's connections.
type Role int

const (
	MainConnection Role = iota // the first connection dialled
	Cancels                    // all others, including future ones
)

// Direction is the direction in which bytes flow.
type Direction int

const (
	TowardsClient Direction = iota
	TowardsServer
)

// Ending is what happens to the bytes of one direction once Harm.After of them have passed.
type Ending int

const (
	Passes    Ending = iota // they pass on
	Hole                    // nothing passes any more, not even EOF; both sides stay open
	HalfClose               // the receiver reads EOF, the sender notices nothing; the other direction goes on
	ShutDown                // both sockets are closed
	Reset                   // both sockets are reset, if their network has resets
)

// Harm is what a proxy does to the bytes of one direction. The zero value does nothing.
type Harm struct {
	After  int           // number of bytes that pass before End takes effect, counted from Order
	End    Ending        // what happens then
	Delay  time.Duration // before each piece
	Pieces func() int    // returns the size of the next piece, at least 1; nil: pieces as received
	Rate   int           // bytes per second; 0: no limit
	Whole  bool          // the bytes before the ending pass in one piece, once all of them have arrived
}

// piece returns how many of n bytes may pass at once, after passed bytes have passed before.
func (h Harm) piece(n, passed int) int {
	if h.Pieces != nil {
		n = min(n, h.Pieces())
	}
	if h.Rate > 0 {
		n = min(n, max(1, h.Rate/100))
	}
	if h.End != Passes {
		n = min(n, h.After-passed)
	}
	return n
}

// The bytes of an answer in the extended protocol, on a connection that is not encrypted.
const (
	BeforeRows = 5 + 5 + 30    // ParseComplete, BindComplete, RowDescription of the column data
	AroundRow  = 1 + 4 + 2 + 4 // of a DataRow: type, length, number of columns, length of the column
)

// NextRows lets the next n rows of Numbered, of size bytes each, pass in one piece, and holds back everything after
// them. For the first rows of a query, call it before the query, with first set.
func (p *Proxy) NextRows(n, size int, first bool) {
	after := n * (AroundRow + size)
	if first {
		after += BeforeRows
	}
	p.Order(MainConnection, TowardsClient, Harm{After: after, End: Hole, Whole: true})
}

// SingleBytes is a function for Harm.Pieces.
func SingleBytes() int { return 1 }
