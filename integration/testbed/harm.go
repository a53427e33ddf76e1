package testbed

import "time"

// Role says which of a proxy's connections are meant.
type Role int

const (
	MainConnection Role = iota // the first one dialled
	Cancels                    // all others, also those that are still to come
)

// Direction is the way that bytes go.
type Direction int

const (
	TowardsClient Direction = iota
	TowardsServer
)

// Ending is what becomes of the bytes of one direction once Harm.After of them have passed.
type Ending int

const (
	Passes    Ending = iota // they go on
	Hole                    // nothing passes any more, not even an end; both sides stay open
	HalfClose               // the receiver sees an end of file, the sender nothing; the other direction goes on
	ShutDown                // both sockets are closed in good order
	Reset                   // both sockets are reset, as far as their kind has that
)

// Harm is what a proxy does to the bytes of one direction. The zero value is nothing.
type Harm struct {
	After  int           // so many bytes pass before the ending, counted from when the harm was ordered
	End    Ending        // and then this happens
	Delay  time.Duration // before each piece
	Pieces func() int    // the size of each piece, at least 1; nil: as they come
	Rate   int           // bytes a second; 0: as fast as they come
	Whole  bool          // the bytes before the ending pass in one piece, once all of them are there
}

// piece is how many of n bytes go at once, of which passed bytes have gone before.
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

// NextRows holds everything back behind the next n rows of Numbered, which pass in one piece. Before the first rows it
// is ordered with first set, before the query.
func (p *Proxy) NextRows(n, size int, first bool) {
	after := n * (AroundRow + size)
	if first {
		after += BeforeRows
	}
	p.Order(MainConnection, TowardsClient, Harm{After: after, End: Hole, Whole: true})
}

// SingleBytes is for Harm.Pieces.
func SingleBytes() int { return 1 }
