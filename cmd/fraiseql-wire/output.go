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

// patience is how long a write in progress may still take after the run has ended. The reader may be slow, and a row
// that was begun should be completed.
const patience = 2 * time.Second

// pipeAtomic is the largest number of bytes that a write to a pipe transfers as a unit (PIPE_BUF of Linux, pipe(7)).
const pipeAtomic = 4096

var errStuck = errors.New("the reader of standard output has stopped reading")

// output writes rows to standard output, whole lines at a time. A Write that blocks because nobody reads returns no
// later than patience after the end of the run.
type output struct {
	ctx   context.Context
	limit limit
	w     io.Writer
	piece int       // most bytes for one write, unless a single line is longer; 0: no limit
	first time.Time // when Write was first called; zero if never
	begun int64     // bytes of a row whose end has not been written; used only by write

	jobs    chan []byte
	results chan written
}

type written struct {
	n   int
	err error
}

// newOutput returns an output for a run that ends with ctx. It must be closed.
func newOutput(ctx context.Context, w io.Writer, l limit) *output {
	o := &output{ctx: ctx, limit: l, w: w, jobs: make(chan []byte), results: make(chan written, 1)}
	if isPipe(w) {
		// So rows up to this size are written whole, even if the program is killed in the middle of a write.
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

// Write writes p, which consists of whole lines. It fails at once if the run has ended. If the run ends while a write
// is in progress, Write still waits for it, but not for longer than patience and the limit allow.
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

// write writes whole lines, in pieces of at most o.piece bytes if lines are short enough. A row that could not be
// completed is taken back if possible.
func (o *output) write(p []byte) (n int, err error) {
	for len(p) > 0 {
		line := o.next(p)
		m, err := o.w.Write(line)
		o.begun += int64(m)
		if end := bytes.LastIndexByte(line[:m], '\n'); end >= 0 {
			o.begun = int64(m - end - 1)
		}
		if n += m; err != nil {
			return n, errors.Join(err, takeBack(o.w, o.begun))
		}
		p = p[len(line):]
	}
	return n, nil
}

// next returns what to write next of p: as many lines as fit into a piece, or the first line if it is longer.
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
