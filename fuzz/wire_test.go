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

// wire is the client's end of a connection to a server whose every byte is known beforehand. What is there depends on
// what the client has written: a script says how many bytes its n-th message releases. It knows deadlines.
type wire struct {
	all     []byte
	release func(message []byte) int // how many of all are there now
	sizes   []byte                   // of the reads, over and over; 0: as much as there is
	whole   int                      // up to here reads give all that is there
	end     ending
	stiff   bool // it cannot set deadlines

	mu       sync.Mutex
	changed  *sync.Cond
	there    int // bytes of all that the server has sent
	given    int // of these, read
	reads    int
	closed   bool
	deadline time.Time
	alarm    *time.Timer
	sent     []byte // what the client has written
	writes   []write
}

// write is one of the client.
type write struct {
	message []byte
	given   int // how much the client had read before
}

// ending is what comes behind the last byte.
type ending uint8

const (
	silence   ending = iota // nothing, for ever
	eof                     // the end, by itself
	eofAtOnce               // the end, along with the last byte
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

// give is one read of what is there. The caller holds w.mu.
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

// releaseAll is what a CancelRequest does.
func (w *wire) releaseAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.there = len(w.all)
	w.changed.Broadcast()
}

// progress is how many bytes are there, how many of them the client has read, and how often it has written.
type progress struct{ there, given, writes int }

func (w *wire) progress() progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	return progress{w.there, w.given, len(w.writes)}
}

// givenAt is how many bytes the client had read when it wrote for the n-th time, from 0, or has read if it has not.
func (w *wire) givenAt(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n < len(w.writes) {
		return w.writes[n].given
	}
	return w.given
}

// messages is what the client has written from its n-th write on.
func (w *wire) messages(n int) (all [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, write := range w.writes[n:] {
		all = append(all, write.message)
	}
	return all
}

// wrote says whether the client has written a part.
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
