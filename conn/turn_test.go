package conn

import (
	"errors"
	"net"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// A turn whose socket was closed after its last read leaves a closed connection, never an idle one: the context of a
// Cancel may end just when the server is done.
func TestReleaseAfterAbort(t *testing.T) {
	t.Parallel()
	for _, aborted := range []bool{false, true} {
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		c := newConn(new(Config), endpoint{}, dialled{Conn: near, sock: near})
		c.move(Idle)
		wiremetrics.ConnectionCreated(c.transport())
		defer c.shut()
		_, turn, err := c.tryBegin("query")
		if err != nil {
			t.Fatal(err)
		}
		over := c.turnOver()
		want := Idle
		if aborted {
			c.link.Abort(turn)
			want = Closed
		}
		c.release()
		<-over
		if got := c.State(); got != want {
			t.Errorf("aborted %t: the connection is %v, want %v", aborted, got, want)
		}
		_, _, err = c.tryBegin("query")
		if got := errors.Is(err, werr.ErrConnectionClosed); got != aborted {
			t.Errorf("aborted %t: the next query begins with %v", aborted, err)
		}
	}
}
