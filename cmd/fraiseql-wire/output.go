package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// patience is how long a write that is under way may still take when the run has ended: who reads us may be slow, and a
// row that was begun is written to its end.
const patience = 2 * time.Second

// pipeAtomic is up to how many bytes a pipe takes in one piece or not at all: PIPE_BUF of Linux (pipe(7)).
const pipeAtomic = 4096

var errStuck = errors.New("whoever reads standard output has stopped reading")

// output writes rows to standard output, whole lines at a time. A Write that blocks, because nobody reads, does not
// outlive the run for longer than patience.
type output struct {
	ctx   context.Context
	limit limit
	w     io.Writer
	piece int       // bytes of whole lines for one write; 0: no bound
	first time.Time // of the first Write

	jobs    chan []byte
	results chan written
}

type written struct {
	n   int
	err error
}

// newOutput makes an output that ends with ctx. close ends it.
func newOutput(ctx context.Context, w io.Writer, l limit) *output {
	o := &output{ctx: ctx, limit: l, w: w, jobs: make(chan []byte), results: make(chan written, 1)}
	if isPipe(w) {
		// Rows up to this size stay whole even if the program is killed in the middle of a write.
		o.piece = pipeAtomic
	}
	go func() {
		for p := range o.jobs {
			n, err := o.write(p)
			o.results <- written{n, err}
		}
	}()
	return o
}

func isPipe(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || runtime.GOOS != "linux" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// Write writes p, which is whole lines. When the run ends, it waits for what is under way, but not for ever.
func (o *output) Write(p []byte) (int, error) {
	if o.ctx.Err() != nil {
		return 0, werr.FromContext(o.ctx)
	}
	if o.first.IsZero() {
		o.first = time.Now()
	}
	o.jobs <- p
	select {
	case r := <-o.results:
		return r.n, r.err
	case <-o.ctx.Done():
	}
	late := time.NewTimer(o.limit.until(time.Now(), patience))
	defer late.Stop()
	select {
	case r := <-o.results:
		return r.n, r.err
	case <-late.C:
		return 0, errors.Join(errStuck, werr.FromContext(o.ctx))
	}
}

func (o *output) close() { close(o.jobs) }

// write writes whole lines, in pieces that a pipe takes as one.
func (o *output) write(p []byte) (n int, err error) {
	for len(p) > 0 {
		line := o.next(p)
		m, err := o.w.Write(line)
		if n += m; err != nil {
			return n, err
		}
		p = p[len(line):]
	}
	return n, nil
}

// next is how much of p to write: as many lines as fit into a piece, or the first one if it does not.
func (o *output) next(p []byte) []byte {
	if o.piece == 0 || len(p) <= o.piece {
		return p
	}
	if end := bytes.LastIndexByte(p[:o.piece], '\n'); end >= 0 {
		return p[:end+1]
	}
	if end := bytes.IndexByte(p, '\n'); end >= 0 {
		return p[:end+1]
	}
	return p
}
