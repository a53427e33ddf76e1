package fuzz

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// wire is the client's end of a connection to a server all of whose bytes are known in advance. Which of them are
// available depends on what the client has written: release returns their number for each message. wire supports
// deadlines.
type wire struct {
	all     []byte
	release func(message []byte) int // how many bytes of all are available now
	sizes   []byte                   // of the reads, repeated; 0: as much as is available
	whole   int                      // up to here reads return all that is available
	end     ending
	stiff   bool // it does not support deadlines

	mu       sync.Mutex
	changed  *sync.Cond
	there    int // bytes of all that the server has sent
	given    int // the number of these that were read
	reads    int
	closed   bool
	deadline time.Time
	alarm    *time.Timer
	sent     []byte // what the client has written
	writes   []write
}

// write is one Write of the client.
type write struct {
	message []byte
	given   int // how much the client had read before
}

// ending is what follows the last byte.
type ending uint8

const (
	silence   ending = iota // nothing
	eof                     // the end, in a read of its own
	eofAtOnce               // the end, together with the last byte
)

func newWire() *wire {
	w := &wire{}
	w.changed = sync.NewCond(&w.mu)
	return w
}

func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case w.closed:
			return 0, net.ErrClosed
		case passed(w.deadline):
			return 0, os.ErrDeadlineExceeded
		case w.given < w.there:
			return w.give(p)
		case w.end != silence && w.there == len(w.all):
			return 0, io.EOF
		}
		w.changed.Wait()
	}
}

// give performs one read of what is available. The caller holds w.mu.
func (w *wire) give(p []byte) (int, error) {
	n := len(p)
	switch {
	case w.given < w.whole:
		n = w.whole - w.given
	case len(w.sizes) > 0:
		n = int(w.sizes[w.reads%len(w.sizes)])
		w.reads++
		if n == 0 {
			n = len(p)
		}
	}
	n = copy(p, w.all[w.given:min(w.there, w.given+min(n, len(p)))])
	w.given += n
	if w.given == len(w.all) && w.end == eofAtOnce {
		return n, io.EOF
	}
	return n, nil
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, net.ErrClosed
	}
	w.writes = append(w.writes, write{bytes.Clone(p), w.given})
	w.sent = append(w.sent, p...)
	w.there = max(w.there, w.release(p))
	w.changed.Broadcast()
	return len(p), nil
}

// releaseAll makes all bytes available, as a CancelRequest does.
func (w *wire) releaseAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.there = len(w.all)
	w.changed.Broadcast()
}

// progress is how many bytes are available, how many of them the client has read, and how often it has written.
type progress struct{ there, given, writes int }

func (w *wire) progress() progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	return progress{w.there, w.given, len(w.writes)}
}

// givenAt returns how many bytes the client had read when it wrote for the n-th time, counted from 0, or has read if
// it has not.
func (w *wire) givenAt(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n < len(w.writes) {
		return w.writes[n].given
	}
	return w.given
}

// messages returns what the client has written from its n-th write on.
func (w *wire) messages(n int) (all [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, write := range w.writes[n:] {
		all = append(all, write.message)
	}
	return all
}

// wrote reports whether the client has written a part.
func (w *wire) wrote(part string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.sent, []byte(part))
}

func (w *wire) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

func (w *wire) SetReadDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stiff {
		return errors.ErrUnsupported
	}
	if w.alarm != nil {
		w.alarm.Stop()
	}
	if w.deadline = t; !t.IsZero() {
		w.alarm = time.AfterFunc(time.Until(t), w.wake)
	}
	w.changed.Broadcast()
	return nil
}

func (w *wire) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed.Broadcast()
}

func (w *wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.alarm != nil {
		w.alarm.Stop()
	}
	w.closed = true
	w.changed.Broadcast()
	return nil
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

// Writes never block.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
func (w *wire) SetDeadline(t time.Time) error    { return w.SetReadDeadline(t) }
func (w *wire) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "wire", Net: "unix"} }
func (w *wire) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "wire", Net: "unix"} }
