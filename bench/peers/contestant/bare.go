package contestant

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// bareBuffer is the size of a read in bytes.
const bareBuffer = 256 << 10

// bareTail is how much of the last read is kept before the next one: enough to find the end of a result.
const bareTail = 64

// bareReady is ReadyForQuery in state idle. It cannot occur inside a row: JSON text has no NUL.
var bareReady = []byte{'Z', 0, 0, 0, 5, 'I'}

// bareRest follows Parse: Bind, Describe, Execute and Sync of the unnamed statement, without parameters.
var bareRest = []byte("B\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00" + "D\x00\x00\x00\x06P\x00" +
	"E\x00\x00\x00\x09\x00\x00\x00\x00\x00" + "S\x00\x00\x00\x04")

// bare reads the bytes of a result from the kernel and looks for its end. It parses nothing. No client that reads in
// the same way can cost less, so it is the base of all ratios.
type bare struct {
	server session
	read   func([]byte) (int, error)
	buf    []byte // bareTail bytes of the last read, then room for the next
	out    []byte
	simple bool
}

func bares() []Contestant {
	netConn := func(c net.Conn) (func([]byte) (int, error), error) { return c.Read, nil }
	return append([]Contestant{
		{"bare", "a loop of net.Conn reads of 256 KiB that looks for the result's end and parses nothing",
			openBare(netConn)},
		{"bare-simple", "the same, asked by the simple Query message", openSimple(netConn)},
	}, bareRaw()...)
}

func openSimple(reader func(net.Conn) (func([]byte) (int, error), error)) opener {
	return func(ctx context.Context, dsn string) (Client, error) {
		c, err := openBare(reader)(ctx, dsn)
		if err == nil {
			c.(*bare).simple = true
		}
		return c, err
	}
}

func openBare(reader func(net.Conn) (func([]byte) (int, error), error)) opener {
	return func(ctx context.Context, dsn string) (Client, error) {
		server, err := login(ctx, dsn)
		if err != nil {
			return nil, err
		}
		read, err := reader(server.conn)
		if err != nil {
			return nil, err
		}
		return &bare{server: server, read: read, buf: make([]byte, bareTail+bareBuffer)}, nil
	}
}

// Run treats the first read as the watched row, whatever its number.
func (b *bare) Run(ctx context.Context, q workload.Query, watch *Watch) (Tally, error) {
	if err := b.send(q.SQL); err != nil {
		return Tally{}, err
	}
	clear(b.buf[:bareTail])
	left := false
	cancelled := make(chan error, 1)
	for seen := watch.Row == 0; ; {
		n, err := b.read(b.buf[bareTail:])
		if err != nil {
			return Tally{}, err
		}
		if !seen {
			seen = true
			if left = watch.Reached(); left {
				go func() { cancelled <- b.server.cancel(ctx) }()
			}
		}
		got := b.buf[:bareTail+n]
		if bytes.HasSuffix(got, bareReady) {
			if left {
				return Tally{}, <-cancelled
			}
			return bareTally(got)
		}
		copy(b.buf, got[n:])
	}
}

// send sends the query in one write, as in hand-written code.
func (b *bare) send(sql string) error {
	var err error
	if b.simple {
		if b.out, err = (&pgproto3.Query{String: sql}).Encode(b.out[:0]); err == nil {
			_, err = b.server.conn.Write(b.out)
		}
		return err
	}
	if b.out, err = (&pgproto3.Parse{Query: sql}).Encode(b.out[:0]); err != nil {
		return err
	}
	b.out = append(b.out, bareRest...)
	_, err = b.server.conn.Write(b.out)
	return err
}

// bareTally returns the count in the CommandComplete before the end.
func bareTally(end []byte) (Tally, error) {
	const tag = "SELECT "
	i := bytes.LastIndex(end, []byte(tag))
	if i < 0 {
		return Tally{}, fmt.Errorf("the result did not end in %q: %q", tag, end[max(0, len(end)-256):])
	}
	count, _, _ := bytes.Cut(end[i+len(tag):], []byte{0})
	rows, err := strconv.ParseInt(string(count), 10, 64)
	return Tally{Rows: rows}, err
}

// Close implements Client.
func (b *bare) Close() error { return b.server.conn.Close() }
